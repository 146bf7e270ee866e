// Extends a video once with the AI SDK, of the major that the first argument names, and keeps the
// file. Then come the base URL, the key, the source and the file to write.
//
// Everything is the SDK's own but the download, as the SDK's refuses addresses of this machine.
import { writeFile } from "node:fs/promises";

const [major, base, key, source, out] = process.argv.slice(2);
const packages = { 5: ["@ai-sdk/xai", "ai"], 3: ["xai3", "ai6"] };
const [{ createXai }, { experimental_generateVideo: generateVideo }] = await Promise.all(
  packages[major].map((name) => import(name)),
);
const EVERY = 1000;
const LIMIT = 16_000;

async function download({ url, abortSignal }) {
  const answer = await fetch(url, { signal: abortSignal });
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status}`);
  const data = new Uint8Array(await answer.arrayBuffer());
  return { data, mediaType: answer.headers.get("content-type") ?? undefined };
}

const { video } = await generateVideo({
  model: createXai({ baseURL: `${base}/v1`, apiKey: key }).video("grok-imagine-video"),
  prompt: "The kite comes down behind the dunes.",
  duration: 2,
  providerOptions: {
    xai: { mode: "extend-video", videoUrl: source, pollIntervalMs: EVERY, pollTimeoutMs: LIMIT },
  },
  poll: { intervalMs: EVERY, timeoutMs: LIMIT },
  download,
});
await writeFile(out, video.uint8Array);
