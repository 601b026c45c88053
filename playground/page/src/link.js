// The whole page in its address, behind the `#`, which no browser sends anywhere.

/** A longer text is not read: somebody made a small link that unpacks to a large one. */
const LONGEST = 1 << 20;

const base64 = (bytes) => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};

const unbase64 = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));

/** The fragment for manifests and settings. */
export async function write(manifests, settings) {
  const json = new TextEncoder().encode(JSON.stringify([manifests, settings]));
  const packed = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return `1.${base64(new Uint8Array(await new Response(packed).arrayBuffer()))}`;
}

/** Manifests and settings of a fragment; throws where it is none. */
export async function read(fragment) {
  const [version, packed] = fragment.split('.');
  if (version !== '1' || !packed) throw new Error('this link is of another release of the page');
  const bytes = new Blob([unbase64(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = bytes.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (text.length > LONGEST) throw new Error('this link carries more than the page takes');
  }
  const [manifests, settings] = JSON.parse(text);
  if (typeof manifests !== 'string' || typeof settings !== 'string') throw new Error('this link is not whole');
  return { manifests, settings };
}
