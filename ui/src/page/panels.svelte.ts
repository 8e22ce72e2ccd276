// Which panel over the page is open: the palette, or the sheet of keys.
class Panels {
  open = $state<'palette' | 'keys' | null>(null);
}

export const panels = new Panels();
