const t0=performance.now()
const t=async(n)=>{const a=performance.now(); await import(n); console.log((performance.now()-a).toFixed(0).padStart(6),'ms',n)}
console.log('boot', t0.toFixed(0))
for (const n of process.argv.slice(2)) await t(n)
console.log('rss',(process.memoryUsage().rss/1e6).toFixed(0))
