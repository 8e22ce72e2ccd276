// What a hostile text may try. `pwned` and dialogs are the alarm.
const JS = 'window.pwned=1;alert(1)';

const RAW = [
  `<script>${JS}</script>`, `<img src=x onerror="${JS}">`, `<svg onload="${JS}">`, `<svg><script>${JS}</script></svg>`, `<body onload="${JS}">`,
  `<iframe srcdoc="<script>parent.${JS}</script>">`, `<iframe src="javascript:${JS}">`, `<object data="javascript:${JS}">`, `<embed src="javascript:${JS}">`,
  `<a href="javascript:${JS}">x</a>`, `<a href="JaVa&#115;cript:${JS}">x</a>`, `<a href="java\tscript:${JS}">x</a>`, `<form action="javascript:${JS}"><button>go</button></form>`,
  `<input autofocus onfocus="${JS}">`, `<details open ontoggle="${JS}">`, `<video><source onerror="${JS}"></video>`, `<video poster=https://evil.example/p.png>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${JS}">`, `<noscript><p title="</noscript><img src=x onerror=${JS}>">`, `<template><script>${JS}</script></template>`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example">`, `<base href="https://evil.example/">`, `<link rel="stylesheet" href="https://evil.example/x.css">`,
  `<link rel="dns-prefetch" href="//evil.example">`, `<style>@import "https://evil.example/x.css";</style>`, `<p style="background:url(https://evil.example/x)">x</p>`,
  `<img id="app" name="harness">`, `<form id="app"><input name="attributes"></form>`, `<svg><animate onbegin="${JS}" attributeName=x>`, `<svg><image href="https://evil.example/i.png"/></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>${JS}</script></svg>#x"/></svg>`, `<img srcset="https://evil.example/1.png 1x">`,
  `<marquee onstart="${JS}">x</marquee>`, `<audio src=x onerror="${JS}">`, `<isindex type=image src=1 onerror="${JS}">`, `<x onclick="${JS}">x</x>`,
  `<!--><img src=x onerror="${JS}">-->`, `<![CDATA[><img src=x onerror="${JS}">]]>`, `<?xml ><img src=x onerror="${JS}">`, `</p><script>${JS}</script>`,
  `<scr<script>ipt>${JS}</scr</script>ipt>`, `<IMG """><SCRIPT>${JS}</SCRIPT>">`, `<img src="x" onerror\n="${JS}">`, `<svg/onload=${JS}>`, `<iframe/src="data:text/html,<script>${JS}</script>">`,
];

const MARKDOWN = [
  `[x](javascript:${JS})`, `[x](JAVASCRIPT:${JS})`, `[x](javascript&colon;${JS})`, `[x](java\nscript:${JS})`, `[x](&#106;avascript:${JS})`, `[x](\u0001javascript:${JS})`,
  `[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`, `[x](vbscript:msgbox(1))`, `[x](file:///etc/passwd)`, `[x](blob:https://evil.example/1)`, `<javascript:${JS}>`,
  `[x](https://a.example "onmouseover=${JS} x=")`, `[x](https://a.example "\\"><img src=x onerror=${JS}>")`, `[x](https://a.example/"onmouseover="${JS})`, `[x](<https://a.example" onclick="${JS}>)`,
  `![x](javascript:${JS})`, `![x](https://evil.example/beacon.png)`, `![x][r]\n\n[r]: https://evil.example/beacon.png`, `![x](https://evil.example/b.png "t\\" onerror=${JS}")`,
  `![<img src=x onerror=${JS}>](https://evil.example/)`, `[![x](https://evil.example/1.png)](javascript:${JS})`, `[r]: javascript:${JS}\n\n[r]`, `[r]: <javascript:${JS}> "x"\n\n[x][r]`,
  `\`\`\`js"onload="${JS}\n1\n\`\`\``, `\`\`\`<img src=x onerror=${JS}>\n1\n\`\`\``, `\`\`\`html\n<script>${JS}</script>\n\`\`\`\n`, `~~~ python\\" onclick=${JS}\n1\n~~~`, `    <script>${JS}</script>`,
  `|<img src=x onerror=${JS}>|b|\n|-|-|\n|<script>${JS}</script>|[x](javascript:${JS})|`, `# <svg onload=${JS}>`, `> <iframe src=javascript:${JS}>`, `- [ ] <input onfocus=${JS} autofocus>`,
  `<script>\n${JS}\n</script>`, `<div>\n\n<script>${JS}</script>\n\n</div>`, `&lt;script&gt;${JS}&lt;/script&gt;`, `&#60;img src=x onerror=${JS}&#62;`, `**<b onclick=${JS}>**`,
  `\`<img src=x onerror=${JS}>\``, `\u202e<script>${JS}</script>\u202c`, `\u200b<\u200bscript>${JS}</script>`, `<https://a.example/<script>${JS}</script>>`, `mailto:<script>${JS}</script>`,
  `[x](mailto:a@b.example?body=<script>${JS}</script>)`, `<a@b.example"onclick="${JS}>`, `[__proto__]: https://a.example\n\n[__proto__]`, `[constructor][]`, `[toString]`,
];

const TEX = [
  `$\\href{javascript:${JS}}{x}$`, `$$\\href{javascript:${JS}}{x}$$`, `$\\url{javascript:${JS}}$`, `$\\htmlData{a=b}{x}$`, `$\\htmlId{app}{x}$`, `$\\htmlClass{x}{y}$`, `$\\htmlStyle{color:red}{x}$`,
  `$\\includegraphics[height=1em]{https://evil.example/i.png}$`, `$\\text{<img src=x onerror=${JS}>}$`, `$$\\text{<script>${JS}</script>}$$`, `$\\unicode{<img>}$`, `$\\def\\a{\\a\\a}\\a$`,
  `$\\rule{99999em}{99999em}$`, `$\\color{red;background:url(https://evil.example)}x$`, `$\\textcolor{"onload=${JS}}{x}$`, `\\(\\href{data:text/html,<script>${JS}</script>}{x}\\)`,
  `\\[\\href{vbscript:x}{y}\\]`, `$$\n<script>${JS}</script>\n$$`, `$<svg onload=${JS}>$`, `$\\gdef\\x#1{\\href{javascript:${JS}}{#1}}\\x{y}$`, `$x_{\\verb|<img src=x onerror=${JS}>|}$`,
];

export const PAYLOADS = [...RAW, ...RAW.slice(0, 30).map((html) => `- 项目 **${html}**\n\n> ${html}`), ...MARKDOWN, ...TEX, ...RAW.slice(0, 24).map((html) => `| a |\n|---|\n| ${html.replaceAll('|', '')} |`)];
