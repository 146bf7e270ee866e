// The three fetch calls of Hooked's page on extending videos, then what its other pages add:
// poll the details until the video is there, list, download without the key.
//
// Reads HOOKED_BASE_URL and HOOKED_API_KEY; the argument is the folder for the files. Prints one
// JSON object.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const BASE = process.env.HOOKED_BASE_URL;
const POLL_MS = 100;

const createExtension = (body) =>
  fetch(`${BASE}/v1/project/create/extend-video`, {
    method: "POST",
    headers: {
      "x-api-key": process.env.HOOKED_API_KEY,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });

const look = async (path) => {
  const answer = await fetch(`${BASE}${path}`, {
    headers: { "x-api-key": process.env.HOOKED_API_KEY },
  });
  const { success, message, data } = await answer.json();
  if (!answer.ok || !success) throw new Error(`GET ${path}: ${answer.status} ${message}`);
  return data;
};

async function finished(videoId) {
  for (;;) {
    const video = await look(`/v1/video/${videoId}`);
    if (video.status === "COMPLETED") return video;
    if (video.status === "FAILED") throw new Error(video.message);
    await pause(POLL_MS);
  }
}

async function download(url, file) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status}`);
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
}

// Basic: eight seconds with sound.
const response = await createExtension({
  media: "media_video123",
  prompt: "The view widens until the sun goes down over the sea",
  targetDuration: 8,
  generateAudio: true,
});
const basic = (await response.json()).data;

// Longer, with a webhook and metadata.
const longer = await (
  await createExtension({
    media: "media_marketing_clip",
    prompt: "The product turns while blue light becomes purple",
    targetDuration: 16,
    generateAudio: true,
    webhook: process.env.HOOKED_WEBHOOK ?? "https://yoursite.com/webhook",
    metadata: { campaignId: "product-launch-2024", videoType: "marketing" },
  })
).json();

// Several segments, named.
const several = await (
  await createExtension({
    name: "Extended Story Video",
    media: "media_story_video",
    prompt: "The scene goes on through one place after another",
    targetDuration: 32,
    generateAudio: true,
  })
).json();

const ids = [basic.videoId, longer.data.videoId, several.data.videoId];
const videos = [];
for (const [index, id] of ids.entries()) {
  const video = await finished(id);
  const file = join(process.argv[2], `${index}.mp4`);
  await download(video.url, file);
  videos.push({ id, file, seconds: video.durationInSeconds, projectId: video.projectId });
}
const listed = await look("/v1/video/list?type=extend_video&status=completed&limit=10");

const refused = await createExtension({ media: "media_image123", prompt: "It moves" });
console.log(
  JSON.stringify({
    basic,
    videos,
    listed: listed.videos.map((video) => video.id),
    refused: { status: refused.status, body: await refused.json() },
  }),
);
