// The nonce of this page's style sheets, as the server wrote it into the page.
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
