import type { PersonaData } from '../data.ts'
import { netscaler } from '../stacks/appliances.ts'

/** The management address of an appliance that nobody updates. */
export const netscaler121: PersonaData = {
  id: 'netscaler-12-1',
  title: 'Citrix NetScaler VPX 12.1 without the fixes of 2019 to 2023',
  system: {
    family: 'netscaler',
    name: 'NetScaler VPX',
    version: 'NS12.1: Build 51.19.nc',
    patched: false,
    era: [2018, 2026],
    source:
      'Citrix CTX267027 (CVE-2019-19781, fixed in 12.1 55.18) and CTX561482 (CVE-2023-3519: 12.1 is at its end and vulnerable)',
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
      settings: { ident: 'SSH-2.0-OpenSSH_7.4', accept: [] },
      source:
        'Citrix product documentation, "Access a Citrix ADC": SSH at the NSIP, nsroot and nsroot as it left the factory; OpenSSH\'s version is assumed (the year before 12.1)',
    },
    80: {
      protocol: 'http',
      settings: {
        server: 'apache',
        version: '',
        index: page('Citrix Login', 'Citrix ADC VPX', '12.1-51.19'),
      },
      source:
        'Citrix product documentation, "Access a Citrix ADC": the GUI is at port 80 of the NSIP, served by Apache; the title is Citrix Login, the form goes to /login/do_login; the text is ours',
    },
  },
  udp: {},
  closed: 'silent',
  reset: [113],
  hostname: {
    pattern: 'ns-vpx%%',
    source: 'Citrix product documentation, "set ns hostName": free; as its examples name them',
  },
  vendor: {
    prefixes: ['00:50:56', '00:0c:29'],
    source: 'IEEE MA-L: VMware, on whose hypervisor a VPX runs',
  },
  uptime: {
    medianDays: 180,
    sigma: 0.9,
    source: 'assumed: a gateway is restarted for firmware only, and this one gets none',
  },
}

/** Longer than 2000 bytes, as the real page is by far. */
function page(title: string, product: string, build: string): string {
  const files = ['core/css/rdx', 'core/css/layout', 'core/css/login', 'neo/css/theme']
  const scripts = [
    'core/js/jquery',
    'core/js/rdx',
    'core/js/view',
    'core/lang/rdx_en',
    'neo/js/neo',
  ]
  return `<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<meta http-equiv="X-UA-Compatible" content="IE=edge" />
<meta http-equiv="Pragma" content="no-cache" />
<meta http-equiv="Cache-Control" content="no-cache" />
<title>${title}</title>
<link rel="shortcut icon" href="/admin_ui/common/images/favicon.ico" type="image/x-icon" />
${files.map((f) => `<link rel="stylesheet" type="text/css" href="/admin_ui/rdx/${f}.css?v=${build}" />`).join('\n')}
${scripts.map((f) => `<script type="text/javascript" src="/admin_ui/rdx/${f}.js?v=${build}"></script>`).join('\n')}
</head>
<body class="ns_login_body">
<div class="ns_login_wrapper">
<div class="ns_login_logo"><img src="/admin_ui/common/images/logo_login.png" alt="${product}" /></div>
<form name="ns_login_form" id="ns_login_form" class="ns_login_form" method="post" action="/login/do_login" autocomplete="off">
<div id="ns_user_pass_section">
<div class="ns_grid_text user_name"><span>User Name</span>
<label for="username" style="display: none;">User Name</label>
<input type="text" name="username" id="username" maxlength="127" spellcheck="false" autofocus="autofocus" /></div>
<div class="ns_grid_text password"><span>Password</span>
<label for="password" style="display: none;">Password</label>
<input type="password" name="password" id="password" maxlength="127" /></div>
</div>
<input type="hidden" name="url" value="" />
<input type="hidden" name="timezone_offset" id="timezone_offset" value="" />
<div class="ns_login_button"><input type="submit" class="ns_button" value="Log On" /></div>
</form>
<noscript><div class="ns_login_error">JavaScript is turned off in this browser. Turn it on to use the configuration utility of ${product}.</div></noscript>
</div>
<script type="text/javascript">
document.getElementById("username").focus();
</script>
</body>
</html>
`
}
