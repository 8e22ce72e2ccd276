// Sets theme and language before the first paint, so that a light page never flashes dark. A file and not inline: the CSP allows no inline script.
try {
  const prefs = JSON.parse(localStorage.getItem('hanmo.prefs') || '{}');
  if (prefs.theme === 'light' || prefs.theme === 'contrast') document.documentElement.dataset.theme = prefs.theme;
  if (prefs.language === 'en') document.documentElement.lang = 'en';
} catch {
  // Storage may be forbidden; the defaults stand.
}
