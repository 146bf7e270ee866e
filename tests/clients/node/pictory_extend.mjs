// The calls of Pictory's guide on extending, with axios: only the host is another.
//
// Reads PICTORY_BASE_URL, PICTORY_API_KEY, VIDEO_URL and POLL_SECONDS (the guide waits 15).
// Prints every state, what the result is, and its URL.
import axios from "axios";

const base = process.env.PICTORY_BASE_URL;
const key = process.env.PICTORY_API_KEY;
const every = Number(process.env.POLL_SECONDS ?? 15) * 1000;

async function submit() {
  const answer = await axios.post(
    `${base}/v1/aistudio/videos`,
    {
      prompt: "The lantern drifts over the weir and the crowd on the bridge follows it",
      extendVideoUrl: process.env.VIDEO_URL,
      model: "pixverse5.5",
      aspectRatio: "9:16",
      duration: "8s",
    },
    { headers: { "Content-Type": "application/json", Authorization: key } },
  );
  return answer.data.data.jobId;
}

async function wait(job) {
  for (;;) {
    const { data: view } = await axios.get(`${base}/v1/jobs/${job}`, {
      headers: { Authorization: key },
    });
    const { status, url, duration, width, height, aiCreditsUsed } = view.data;
    console.log(status);
    if (status === "completed") {
      console.log(duration, width, height, aiCreditsUsed);
      return url;
    }
    if (status === "failed") throw new Error(`failed: ${JSON.stringify(view)}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

try {
  console.log(await wait(await submit()));
} catch (error) {
  console.error(error.response?.data ?? error.message);
  process.exitCode = 1;
}
