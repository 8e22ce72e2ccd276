/*
 * Pure: joins the text of a section as it was read with the pieces that were heard since its job began.
 *
 * What was read may already hold some of the pieces, and may begin before them (a section that was paused in the middle goes on). So the pieces
 * are laid at the first place where neither contradicts the other. Where a section was written twice in one job, only the last time counts.
 */
const SURE = 8;

export function overlay(read: string, heard: string): string {
  const again = read.length < SURE ? 0 : heard.lastIndexOf(read);
  if (again > 0) return heard.slice(again);
  for (let at = 0; at <= read.length; at++) {
    const rest = read.slice(at);
    if (rest.startsWith(heard)) return read;
    if (heard.startsWith(rest)) return read.slice(0, at) + heard;
  }
  return read + heard;
}
