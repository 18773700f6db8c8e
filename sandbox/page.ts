import type { Answer } from './answer.ts'
import { type Html, html } from './html.ts'

/** One page of the sandbox. Nothing is loaded from elsewhere, and no script runs. */
export function page(title: string, body: Html, options: { status?: number; color?: string } = {}): Answer {
  const { html: text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body${options.color ? html` style="--network: ${options.color}"` : null}>
${body}
</body>
</html>
`
  return {
    status: options.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' http: https:; media-src 'self' http: https:; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
    body: text,
  }
}

const style = `
:root {
  color-scheme: light dark;
  --network: #5b5bd6;
  --ground: light-dark(#f6f6f4, #16171a);
  --card: light-dark(#ffffff, #1f2125);
  --line: light-dark(#e4e3df, #33363c);
  --ink: light-dark(#1c1d21, #ececee);
  --soft: light-dark(#65676f, #a2a5ad);
  --wash: light-dark(#f0efec, #2a2d32);
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif, 'Noto Color Emoji' }
a { color: inherit }
main { max-width: 640px; margin: 0 auto; padding: 0 16px 64px }
header.top { border-bottom: 1px solid var(--line); background: var(--card); margin-bottom: 20px }
header.top > div { max-width: 640px; margin: 0 auto; padding: 18px 16px 0 }
header.top h1 { font-size: 20px; margin: 0; letter-spacing: -.01em }
header.top p { margin: 2px 0 12px; color: var(--soft); font-size: 14px }
nav { display: flex; gap: 4px; overflow-x: auto; padding-bottom: 10px; scrollbar-width: thin }
nav a { flex: none; padding: 4px 12px; border-radius: 99px; text-decoration: none; font-size: 14px; color: var(--soft) }
nav a:hover { background: var(--wash) }
nav a[aria-current] { background: var(--ink); color: var(--card) }
nav a i { display: inline-block; width: 8px; height: 8px; border-radius: 50%; background: var(--network); margin-right: 7px }
nav a small { margin-left: 6px; opacity: .75 }
article { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 16px 18px; margin-bottom: 14px }
article article { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 14px 0 0; margin: 14px 0 0 }
article > .thread { border-left: 2px solid var(--line); padding-left: 16px; margin-top: 14px }
.thread article:first-child { border-top: 0; padding-top: 0; margin-top: 0 }
.by { display: flex; align-items: center; gap: 10px; margin-bottom: 10px }
.face { flex: none; width: 40px; height: 40px; border-radius: 50%; background: var(--network); color: #fff; display: grid; place-items: center; font-weight: 600; font-size: 17px }
.who { min-width: 0; line-height: 1.3 }
.who b { display: block; overflow: hidden; text-overflow: ellipsis }
.who span { color: var(--soft); font-size: 13.5px; overflow-wrap: anywhere }
.badge { margin-left: auto; align-self: flex-start; flex: none; color: var(--soft); font-size: 12.5px; border: 1px solid var(--line); border-radius: 99px; padding: 1px 9px }
.badge i { display: inline-block; width: 7px; height: 7px; border-radius: 50%; background: var(--network); margin-right: 6px }
.title { font-size: 18px; font-weight: 600; margin: 0 0 4px; line-height: 1.3 }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
.text a { color: var(--network); text-decoration: none }
.text a:hover { text-decoration: underline }
@media (prefers-color-scheme: dark) { .text a { color: color-mix(in oklab, var(--network), white 45%) } }
.media { display: grid; gap: 6px; margin-top: 12px; grid-template-columns: 1fr }
.media.many { grid-template-columns: 1fr 1fr }
figure { margin: 0; background: var(--wash); border-radius: 10px; overflow: hidden; display: flex; flex-direction: column }
figure img, figure video { display: block; width: 100%; max-height: 460px; object-fit: cover; background: var(--wash) }
.media.many figure:last-child:nth-child(odd) { grid-column: 1 / -1 }
.media.many img, .media.many video { height: 200px }
figure .file { padding: 14px; font-size: 14px; color: var(--soft); overflow-wrap: anywhere }
figcaption { font-size: 13px; color: var(--soft); padding: 7px 11px; line-height: 1.4; overflow-wrap: anywhere }
figcaption b { font-size: 10.5px; letter-spacing: .05em; border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; margin-right: 5px; color: var(--ink) }
.card { display: block; border: 1px solid var(--line); border-radius: 10px; padding: 11px 13px; margin-top: 12px; text-decoration: none }
.card:hover { background: var(--wash) }
.card b { display: block; line-height: 1.35 }
.card span { color: var(--soft); font-size: 13.5px; overflow-wrap: anywhere }
.foot { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--soft); font-size: 13.5px; margin-top: 12px }
.foot b { color: var(--ink); font-weight: 600 }
.empty { text-align: center; padding: 56px 20px; color: var(--soft); border: 1px dashed var(--line); border-radius: 14px }
.empty b { display: block; color: var(--ink); font-size: 17px; margin-bottom: 6px }
.older { display: block; text-align: center; padding: 10px; color: var(--soft) }
code { font: 13.5px ui-monospace, 'DejaVu Sans Mono', monospace; background: var(--wash); border-radius: 5px; padding: 1px 5px; overflow-wrap: anywhere }
form.consent { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 24px; margin-top: 40px }
form.consent h1 { font-size: 20px; margin: 0 0 6px }
form.consent p { color: var(--soft); margin: 0 0 16px }
fieldset { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 14px; padding: 8px 14px 12px }
legend { font-size: 13.5px; color: var(--soft); padding: 0 6px }
label { display: flex; gap: 9px; align-items: baseline; padding: 4px 0 }
label span { color: var(--soft) }
ul.scopes { margin: 0 0 18px; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 6px }
.buttons { display: flex; gap: 10px; justify-content: flex-end }
button { font: inherit; padding: 8px 20px; border-radius: 9px; border: 1px solid var(--line); background: var(--card); color: var(--ink); cursor: pointer }
button.yes { background: var(--network); border-color: var(--network); color: #fff; font-weight: 600 }
button:focus-visible, a:focus-visible { outline: 2px solid var(--network); outline-offset: 2px }
`
