// An article that is opened again while its last opening still saves: what is kept is the new one's then, and the old one leaves it alone.
const openings = new Map<string, number>();

/** Tells whether this opening is still the last one. */
export function opening(id: string): () => boolean {
  const mine = (openings.get(id) ?? 0) + 1;
  openings.set(id, mine);
  return () => openings.get(id) === mine;
}
