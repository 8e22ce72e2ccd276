// Files as a browser hands them over: dropped, or pasted.
import type { JSHandle, Page } from 'playwright-core';

export interface Named {
  name: string;
  bytes: Buffer | string;
}

const transfer = (page: Page, files: Named[], text: string): Promise<JSHandle<DataTransfer>> =>
  page.evaluateHandle(
    ([given, words]) => {
      const data = new DataTransfer();
      for (const { name, base64 } of given)
        data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
      if (words !== '') data.setData('text/plain', words);
      return data;
    },
    [files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') })), text] as const,
  );

/** `at`: in pixels of the window. */
export async function drop(page: Page, on: string, files: Named[], at: { x: number; y: number } = { x: 0, y: 0 }): Promise<void> {
  const dataTransfer = await transfer(page, files, '');
  const where = { dataTransfer, clientX: at.x, clientY: at.y };
  for (const type of ['dragover', 'drop']) await page.dispatchEvent(`[data-testid=${on}]`, type, where);
}

/** What the clipboard holds, pasted where `on` is. */
export async function paste(page: Page, on: string, { files = [], text = '' }: { files?: Named[]; text?: string }): Promise<void> {
  const data = await transfer(page, files, text);
  await page
    .locator(`[data-testid=${on}]`)
    .first()
    .evaluate(
      (el, clipboardData) => el.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })),
      data,
    );
}
