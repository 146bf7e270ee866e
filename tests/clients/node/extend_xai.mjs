// The calls of xAI's page on video extension, with the AI SDK: make a video, then extend it.
//
// Beside the host, two things differ from the page. The SDK's own download refuses addresses of
// this machine, so it gets another. It takes its polling from `poll` and no longer from the
// provider's options, which are sent here as the page has them.
//
// Reads XAI_BASE_URL and XAI_API_KEY; the argument is the file to write. Prints the two URLs.
import { writeFile } from "node:fs/promises";
import { createXai } from "@ai-sdk/xai";
import { experimental_generateVideo as generateVideo } from "ai";

const xai = createXai({
  baseURL: `${process.env.XAI_BASE_URL}/v1`,
  apiKey: process.env.XAI_API_KEY,
});
const poll = { intervalMs: 200, timeoutMs: 30_000 };

async function download({ url, abortSignal }) {
  const answer = await fetch(url, { signal: abortSignal });
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status}`);
  const data = new Uint8Array(await answer.arrayBuffer());
  return { data, mediaType: answer.headers.get("content-type") ?? undefined };
}

const made = await generateVideo({
  model: xai.video("grok-imagine-video"),
  prompt: "A dog sleeps on a jetty, one ear moving in the wind.",
  duration: 5,
  aspectRatio: "16:9",
  providerOptions: { xai: { pollTimeoutMs: 600_000 } },
  poll,
  download,
});
const url = made.providerMetadata?.xai?.videoUrl;
console.log(url);

const extended = await generateVideo({
  model: xai.video("grok-imagine-video"),
  prompt: "The dog wakes, hears a gull, and runs to the end of the jetty.",
  duration: 6,
  providerOptions: {
    xai: { mode: "extend-video", videoUrl: url, pollTimeoutMs: 600_000 },
  },
  poll,
  download,
});
console.log(extended.providerMetadata?.xai?.videoUrl);
await writeFile(process.argv[2], extended.video.uint8Array);
