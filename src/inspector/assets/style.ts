/** How the pages look. Colours have a contrast of 4.5 to 1 at least, in both themes. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #fff; --front: #1c2128; --dim: #57606a; --line: #d0d7de; --link: #0550ae; --soft: #f3f5f8;
  --good: #116329; --good-back: #dff5e4; --bad: #a40e26; --bad-back: #ffe5e5; --warning: #7d4e00; --warning-back: #fff1cf;
  --bar: #4a7ab5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14181d; --front: #e2e6eb; --dim: #a0a9b3; --line: #39424c; --link: #82b8ff; --soft: #1f252c;
    --good: #7ee097; --good-back: #143320; --bad: #ff9c9c; --bad-back: #471a1e; --warning: #f0c560; --warning-back: #3c2f0c;
    --bar: #6f9fd8;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--front); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100em; }
.skip:focus { left: 1rem; top: .5rem; background: var(--back); padding: .25rem .5rem; z-index: 1; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.5rem; padding: .6rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--soft); }
.name { margin: 0; font-weight: 700; }
nav { display: flex; flex-wrap: wrap; gap: .15rem 1rem; }
nav a { text-decoration: none; padding: .2rem 0; border-bottom: 2px solid transparent; }
nav a:hover { text-decoration: underline; }
nav a[aria-current] { color: var(--front); font-weight: 600; border-color: var(--link); }
main { padding: .75rem 1.25rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--dim); font-weight: 600; font-size: 13px; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
tbody th time { font-weight: 400; }
.whole, td code { white-space: nowrap; }
td.whole wbr { display: none; }
th.number, td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.id { max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td.why { min-width: 10.5rem; overflow-wrap: anywhere; }
td.why code { white-space: normal; }
td.why p { margin: .15rem 0; }
.wide:has(tbody tr) + .if-empty { display: none; }
.dim { color: var(--dim); }
.error { color: var(--bad); }
code, pre { font: .87em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { margin: .25rem 0; padding: .6rem .8rem; background: var(--soft); border: 1px solid var(--line); border-radius: 4px; overflow: auto; max-height: 30rem; white-space: pre-wrap; }
.badge { display: inline-block; padding: 0 .45rem; border-radius: 3px; font-size: .85rem; white-space: nowrap; border: 1px solid var(--line); }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.badge.warning { color: var(--warning); background: var(--warning-back); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .5rem 1.5rem; margin: 0 0 1rem; }
.facts dt { color: var(--dim); font-size: .85rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.lead { font-size: 1.05rem; overflow-wrap: anywhere; }
.bar { width: 8rem; height: .5rem; background: var(--soft); vertical-align: middle; }
.bar rect { fill: var(--bar); }
.filter { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; }
.filter label { display: flex; flex-direction: column; font-size: .85rem; color: var(--dim); }
.filter p { margin: 0; }
.filter p a { margin-left: .75rem; }
input, select, button { font: inherit; font-size: 15px; color: var(--front); background: var(--back); border: 1px solid var(--dim); border-radius: 4px; height: 2.2rem; padding: 0 .5rem; max-width: 100%; }
input { width: 10.5rem; }
select { max-width: 15rem; }
button { background: var(--soft); cursor: pointer; padding: 0 .9rem; }
.live { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; margin: .75rem 0; min-height: 2.2rem; }
.live p { margin: 0; }
.problems p { margin: .15rem 0; overflow-wrap: anywhere; }
.remedy { color: var(--dim); }
@media (max-width: 40rem) {
  header, main { padding-left: .8rem; padding-right: .8rem; }
  h1 { font-size: 1.3rem; }
  nav a { padding: .35rem 0; }
  .facts { grid-template-columns: 1fr; gap: .25rem; }
  .facts div { display: grid; grid-template-columns: 6.5rem 1fr; gap: .75rem; align-items: baseline; }
  .filter { display: grid; grid-template-columns: 1fr 1fr; }
  input, select { width: 100%; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tbody th, tbody td { display: block; }
  tbody tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .4rem .75rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tbody th, tbody td { padding: 0; border: 0; white-space: normal; overflow-wrap: anywhere; }
  tbody td { grid-column: span 2; }
  tbody th, tbody td.why { grid-column: 1 / -1; }
  tbody td.number { grid-column: auto; }
  tbody th { order: -1; }
  td:empty { display: none; }
  td::before { content: attr(data-title); display: block; color: var(--dim); font-size: 13px; }
  td.number { text-align: left; }
  td.id { max-width: none; }
  td.whole, td code { white-space: normal; }
  td.whole wbr { display: inline; }
  td code { font-size: 12px; }
}
@media (forced-colors: active) { .bar rect { fill: CanvasText; } }
`;
