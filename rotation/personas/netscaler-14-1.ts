import type { PersonaData } from '../data.ts'
import { netscaler } from '../stacks/appliances.ts'

/** The same appliance as netscaler-12-1, two releases later and updated. */
export const netscaler141: PersonaData = {
  id: 'netscaler-14-1',
  title: 'NetScaler VPX 14.1 with its fixes',
  system: {
    family: 'netscaler',
    name: 'NetScaler VPX',
    version: 'NS14.1: Build 47.48.nc',
    patched: true,
    era: [2023, 2028],
    source:
      'Citrix CTX694788 (CVE-2025-6543: fixed in 14.1-47.46); "NetScaler 14.1 release notes": since August 2023',
  },
  device: 'gateway',
  environments: ['office', 'cloud'],
  stack: {
    traits: netscaler,
    source: 'rotation/stacks/appliances.ts: confirmed with nmap ("Citrix NetScaler")',
  },
  signature: '4:255+0:0:1460:8190,0:mss:df,id+:0',
  ports: {
    22: {
      protocol: 'ssh',
      settings: { ident: 'SSH-2.0-OpenSSH_9.7', accept: [] },
      source:
        'NetScaler documentation, "Access a NetScaler": SSH at the NSIP, the first password must be changed; OpenSSH\'s version is assumed (that of 2024)',
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'apache',
        version: '',
        index: page(),
      },
      source:
        'NetScaler documentation, "Access a NetScaler": the GUI is at port 80 of the NSIP, served by Apache; since October 2022 the product is called NetScaler again; the text is ours',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'adc-%%',
    source: 'NetScaler documentation, "set ns hostName": free; as its examples name them',
  },
  vendor: {
    prefixes: ['00:50:56', '00:0c:29'],
    source: 'IEEE MA-L: VMware, on whose hypervisor a VPX runs',
  },
  uptime: {
    medianDays: 40,
    sigma: 0.8,
    source: 'assumed: restarted for the security builds, which come every month or two',
  },
}

/** Longer than 2000 bytes, as the real page is by far. */
function page(): string {
  const files = ['core/css/rdx', 'core/css/login', 'theme/css/netscaler']
  const scripts = ['core/js/jquery-3', 'core/js/rdx', 'core/js/login', 'core/lang/rdx_en']
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Pragma" content="no-cache">
<meta http-equiv="Cache-Control" content="no-store">
<title>NetScaler Login</title>
<link rel="icon" href="/admin_ui/common/images/favicon.ico" type="image/x-icon">
${files.map((f) => `<link rel="stylesheet" href="/admin_ui/rdx/${f}.css?v=14.1-47.48">`).join('\n')}
${scripts.map((f) => `<script src="/admin_ui/rdx/${f}.js?v=14.1-47.48" defer></script>`).join('\n')}
</head>
<body class="ns_login_body netscaler">
<main class="ns_login_wrapper" role="main">
<div class="ns_login_logo"><img src="/admin_ui/common/images/netscaler_logo.svg" alt="NetScaler"></div>
<div class="ns_login_product" id="ns_login_product">NetScaler VPX</div>
<form name="ns_login_form" id="ns_login_form" class="ns_login_form" method="post" action="/login/do_login" autocomplete="off">
<div id="ns_user_pass_section">
<div class="ns_grid_text user_name">
<label for="username">User name</label>
<input type="text" name="username" id="username" maxlength="127" spellcheck="false" autocomplete="username" autofocus>
</div>
<div class="ns_grid_text password">
<label for="password">Password</label>
<input type="password" name="password" id="password" maxlength="127" autocomplete="current-password">
</div>
</div>
<input type="hidden" name="url" value="">
<input type="hidden" name="timezone_offset" id="timezone_offset" value="">
<div class="ns_login_button"><button type="submit" class="ns_button">Log On</button></div>
<div class="ns_login_error" id="ns_login_error" aria-live="assertive"></div>
</form>
<noscript><div class="ns_login_error">The configuration utility of NetScaler needs JavaScript, which is turned off in this browser.</div></noscript>
</main>
<footer class="ns_login_footer">Cloud Software Group, Inc. All rights reserved.</footer>
</body>
</html>
`
}
