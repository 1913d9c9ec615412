// The page itself: ground and font, as the admin has them.

{
  const font = new URL('inter.woff2', document.currentScript.src);
  document.fonts.add(new FontFace('Inter', `url(${font})`, { weight: '100 900', display: 'swap' }));
  document.adoptedStyleSheets.push(sheetOf(`
    :where(html) { -webkit-text-size-adjust: 100% }
    :where(body) { margin: 0; background: #f1f1f1; color: #303030;
      font: 450 13px/20px Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif }
  `));
}
