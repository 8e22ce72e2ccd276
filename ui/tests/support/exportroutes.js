// Export of the scripted server: a file that says which format it is.
const FORMATS = ['md', 'txt', 'html', 'docx', 'epub', 'pdf', 'obsidian'];

/** @param {{notInstalled: Record<string, any>}} script what is missing for a format */
export const exportRoutes = (script) => [
  [
    'GET',
    /^exports$/,
    () => [200, { formats: FORMATS.map((format) => ({ format, problem: script.notInstalled[format] ?? null })) }],
  ],
];

/** Answers where a file is asked for; false where it is not. */
export function exported(name, url, res) {
  if (!/^(?:article|conversation)s\/[^/]+\/export$/.test(name)) return false;
  const format = url.searchParams.get('format') ?? '';
  const file = encodeURIComponent(`春茶.${format === 'obsidian' ? 'md' : format}`);
  res.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="hanmo"; filename*=UTF-8''${file}`,
  });
  res.end(`made as ${format}`);
  return true;
}
