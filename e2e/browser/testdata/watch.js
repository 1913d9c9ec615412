// Runs in every page before its own scripts, and keeps what the tests judge afterwards: how far the page moved by itself,
// and which scripts held it up. Nothing of it can be seen in the page but two names.
(() => {
  const seen = { shifts: [], slow: [] };
  const told = [];
  const keep = (kind, read) => {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(read));
    observer.observe({ type: kind, buffered: true });
    told.push(() => observer.takeRecords().forEach(read));
  };
  // Source: w3c.github.io/long-animation-frames, PerformanceScriptTiming; wicg.github.io/layout-instability.
  keep('layout-shift', (e) => {
    if (e.hadRecentInput) return;

    // The browser may paint a page of which it has read only a part. That a header or a line is filled a little later is nobody's doing.
    const [page] = performance.getEntriesByType('navigation');
    const reading = !page.domInteractive || e.startTime < page.domInteractive;
    const ours = e.sources.some(({ node }) => !node || node.nodeType !== 1 || node.closest('friends-card,friends-panel,friends-line,friends-bar,friends-launcher'));
    if (reading && e.value < (ours ? 0.0001 : 0.001)) return;

    const what = e.sources.map((s) => {
      const n = s.node, r = s.previousRect, c = s.currentRect;
      const name = n ? (n.nodeType === 1 ? n.tagName + '.' + n.className : n.nodeName + ' in ' + n.parentNode?.nodeName) : 'in a shadow root';
      return `${name} ${r.x},${r.y} ${r.width}x${r.height} to ${c.x},${c.y} ${c.width}x${c.height}`;
    });
    seen.shifts.push({ value: e.value, what: what.join('; ') });
  });
  keep('long-animation-frame', (e) => {
    for (const s of e.scripts) {
      if (s.duration >= 50) seen.slow.push({ ms: s.duration, source: s.sourceURL, by: s.invoker });
    }
  });
  // What no page may say: words that templates and scripts leave behind when something is missing.
  const left = /Liquid error|Translation missing|\bundefined\b|\bNaN\b|\[object \w+\]|\[(?:\w+)\]/g;
  const texts = (root) => [...root.querySelectorAll('*')].flatMap((e) => [
    ...(/^(script|style|template|noscript)$/.test(e.localName) ? [] : [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data)),
    ...['alt', 'aria-label', 'placeholder', 'title', 'href'].map((a) => e.getAttribute(a) ?? ''),
    ...(e.shadowRoot ? texts(e.shadowRoot) : []),
  ]);
  // What moves at the moment, in shadow roots too. What goes out after some seconds (the folded card) rests until then.
  const moving = (root) => [...root.getAnimations(), ...[...root.querySelectorAll('*')].flatMap((e) => (e.shadowRoot ? moving(e.shadowRoot) : []))];
  Object.defineProperty(window, '__moving', { value: () => moving(document).filter((a) => a.playState === 'running' && a.animationName !== 'out').length });
  Object.defineProperty(window, '__watched', {
    value: async () => {
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      told.forEach((take) => take());
      const { scrollWidth: wide, clientWidth: room } = document.documentElement;
      return { ...seen, wide: wide - room, left: texts(document).flatMap((t) => t.match(left) ? [t.trim()] : []) };
    },
  });
})();
