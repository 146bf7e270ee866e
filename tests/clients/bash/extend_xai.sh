#!/usr/bin/env bash
# The calls of xAI's page on video extension, with curl and jq: only the host is another.
# Reads XAI_BASE_URL, XAI_API_KEY and VIDEO_URL; prints the URL of the longer video.

request=$(
  curl -s -X POST "$XAI_BASE_URL/v1/videos/extensions" \
    -H "Content-Type: application/json" \
    -H "Authorization: Bearer $XAI_API_KEY" \
    -d '{
      "model": "grok-imagine-video",
      "prompt": "The camera rises above the roofs. Slow, in morning light.",
      "duration": 10,
      "video": {"url": "'"$VIDEO_URL"'"}
    }' | jq -r '.request_id'
)

while true; do
  view=$(curl -s "$XAI_BASE_URL/v1/videos/$request" -H "Authorization: Bearer $XAI_API_KEY")
  status=$(echo "$view" | jq -r '.status')
  case $status in
    done)
      echo "$view" | jq -r '.video.url'
      exit 0
      ;;
    failed | expired)
      echo "Request $status"
      echo "$view" | jq .
      exit 1
      ;;
  esac
  sleep 5
done
