// Shows the journal of the mock server, live. Whatever comes from it is set as text, never as HTML.
"use strict";

const WAIT = 500; // milliseconds between two looks
const MOST = 300; // cards that are kept

const list = document.getElementById("entries");
const summary = document.getElementById("summary");
const filter = document.getElementById("filter");
const empty = document.getElementById("empty");
const template = document.getElementById("card");

const cards = new Map(); // by key: a request, or a context of a WebSocket
const sockets = new Map(); // by number: path and version
const requests = new Map(); // by request id, for sockets that open
let after = 0;
let count = 0;
let playing = null;

document.getElementById("try").textContent =
  `CARTESIA_API_KEY=sk_test CARTESIA_BASE_URL=${location.origin} cartesia-rs speak "Hello there"`;

function header(entry, name) {
  const found = (entry.headers || []).find(([key]) => key === name);
  return found ? found[1] : undefined;
}

function take(entry) {
  count += 1;
  if (entry.event === "request") takeRequest(entry);
  else if (entry.event === "socket_open") takeOpen(entry);
  else if (entry.event === "socket_message") takeMessage(entry);
  else if (entry.event === "socket_close") takeClose(entry);
  else add(`entry ${entry.number}`, "⚠", entry.event, entry.message || "").raw.push(entry);
}

function takeRequest(entry) {
  const card = add(`request ${entry.number}`, entry.status ?? "–", `${entry.method} ${entry.path}`, "");
  card.raw.push(entry);
  card.version = header(entry, "cartesia-version") || queried(entry, "cartesia_version");
  card.article.classList.toggle("bad", entry.status === null || entry.status >= 400);
  requests.set(entry.request_id, { card, version: card.version, path: entry.path });
  const body = entry.body && entry.body.json;
  if (body && typeof body.transcript === "string") speak(card, body);
  else if (entry.body && entry.body.parts) detail(card, entry.body.parts.map(part).join(", "));
  else if (entry.query && entry.query.length) detail(card, entry.query.map((pair) => pair.join("=")).join(" "));
}

function queried(entry, name) {
  const found = (entry.query || []).find(([key]) => key === name);
  return found ? found[1] : undefined;
}

function part(part) {
  return part.text ? `${part.name}: ${part.text}` : `${part.name}: ${part.filename || "file"}, ${part.bytes} bytes`;
}

function takeOpen(entry) {
  const request = requests.get(entry.request_id) || {};
  sockets.set(entry.socket, { path: request.path || "WebSocket", version: request.version, bytes: 0 });
}

function takeMessage(entry) {
  const socket = sockets.get(entry.socket) || { path: "WebSocket", bytes: 0 };
  const message = entry.json;
  if (!message || typeof message !== "object") {
    const card = cards.get(`audio ${entry.socket}`) || add(`audio ${entry.socket}`, "⇄", socket.path, "");
    socket.bytes += entry.bytes || 0;
    detail(card, `socket ${entry.socket}, ${socket.bytes} bytes of audio`);
    card.raw.push(entry);
    return;
  }
  const context = message.context_id ?? "without a context";
  const key = `context ${entry.socket} ${context}`;
  const card = cards.get(key) || add(key, "⇄", socket.path, `context ${context}, socket ${entry.socket}`);
  card.raw.push(entry);
  card.version = socket.version;
  if (message.cancel) {
    card.status.textContent = "cancelled";
    card.article.classList.add("bad");
  } else if (typeof message.transcript === "string") {
    const first = card.body || message;
    speak(card, { ...first, transcript: (card.body ? card.body.transcript : "") + message.transcript });
  }
}

function takeClose(entry) {
  for (const [key, card] of cards) {
    if (key.startsWith(`context ${entry.socket} `) && card.status.textContent === "⇄") card.status.textContent = "closed";
  }
  if (entry.by === "server" && entry.code !== 1000) {
    const card = add(`close ${entry.number}`, entry.code, `WebSocket ${entry.socket} closed by the server`, entry.reason || "");
    card.article.classList.add("bad");
    card.raw.push(entry);
  }
}

function add(key, status, what, text) {
  const article = template.content.firstElementChild.cloneNode(true);
  const find = (name) => article.querySelector(name);
  const card = {
    key, article, raw: [], body: null, sound: null,
    status: find(".status"), detail: find(".detail"), words: find(".words"), box: find(".sound"),
    button: find(".play"), wave: find(".wave"), length: find(".length"),
  };
  card.status.textContent = status;
  find(".what").textContent = what;
  card.detail.textContent = text;
  card.box.hidden = true;
  card.button.addEventListener("click", () => toggle(card));
  find("details").addEventListener("toggle", (event) => {
    if (event.target.open) find("pre").textContent = card.raw.map((it) => JSON.stringify(it, null, 2)).join("\n");
  });
  cards.set(key, card);
  list.prepend(article);
  while (list.childElementCount > MOST) list.lastElementChild.remove();
  if (cards.size > MOST) cards.delete(cards.keys().next().value);
  return card;
}

function detail(card, text) {
  card.detail.textContent = text;
}

// A request for speech: its words, and its sound a little later, when no more text comes.
function speak(card, body) {
  card.body = body;
  card.sound = null;
  card.words.textContent = body.transcript;
  const voice = body.voice && (body.voice.id || (body.voice.mode === "embedding" ? "embedding" : ""));
  const context = body.context_id ? `context ${body.context_id}` : "";
  detail(card, [context, body.model_id, voice, body.language].filter(Boolean).join(" · "));
  card.box.hidden = body.transcript.trim() === "";
  clearTimeout(card.timer);
  card.timer = setTimeout(() => load(card), WAIT);
}

async function load(card) {
  if (card.box.hidden) return;
  const response = await fetch("/_mock/sound", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...card.body, cartesia_version: card.version }),
  });
  if (!response.ok) {
    card.box.hidden = true;
    return;
  }
  const { wav, words, cut } = await response.json();
  const bytes = Uint8Array.from(atob(wav), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const samples = new Float32Array((bytes.length - 44) >> 1);
  for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(44 + 2 * index, true) / 32768;
  if (card.sound) URL.revokeObjectURL(card.sound.audio.src);
  const audio = new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/wav" })));
  card.sound = { audio, samples, words, seconds: samples.length / view.getUint32(24, true) };
  card.length.textContent = `${card.sound.seconds.toFixed(2)} s${cut ? " of more" : ""}`;
  card.article.dataset.seconds = card.sound.seconds.toFixed(2);
  audio.addEventListener("ended", () => { card.button.textContent = "▶"; draw(card); });
  write(card, words);
  draw(card);
}

// The text again, word by word, so that each can be marked while it is heard.
function write(card, words) {
  const text = card.body.transcript;
  const pieces = [];
  let at = 0;
  for (const word of words) {
    const start = text.indexOf(word.text, at);
    if (start < 0) return;
    pieces.push(text.slice(at, start));
    const mark = document.createElement("mark");
    mark.textContent = word.text;
    mark.title = `${word.start.toFixed(2)} to ${word.end.toFixed(2)} s`;
    word.mark = mark;
    pieces.push(mark);
    at = start + word.text.length;
  }
  card.words.replaceChildren(...pieces, text.slice(at));
}

function draw(card) {
  const { samples, audio, seconds } = card.sound;
  const canvas = card.wave;
  const scale = devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = Math.round(56 * scale);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const heard = (audio.currentTime / seconds) * width;
  const step = 3 * scale;
  for (let x = 0; x < width; x += step) {
    const from = Math.floor((x / width) * samples.length);
    const to = Math.max(from + 1, Math.floor(((x + step) / width) * samples.length));
    let peak = 0;
    for (let index = from; index < to && index < samples.length; index++) peak = Math.max(peak, Math.abs(samples[index]));
    const tall = Math.max(scale, peak * height);
    context.fillStyle = x < heard ? style.getPropertyValue("--accent") : "#8889";
    context.fillRect(x, (height - tall) / 2, 2 * scale, tall);
  }
}

function toggle(card) {
  if (!card.sound) return;
  const { audio } = card.sound;
  if (playing && playing !== card && playing.sound) {
    playing.sound.audio.pause();
    playing.button.textContent = "▶";
  }
  playing = card;
  if (audio.paused) {
    audio.play();
    card.button.textContent = "❚❚";
    requestAnimationFrame(() => follow(card));
  } else {
    audio.pause();
    card.button.textContent = "▶";
  }
}

function follow(card) {
  if (!card.sound) return;
  const { audio, words } = card.sound;
  for (const word of words) {
    const now = !audio.paused && word.start <= audio.currentTime && audio.currentTime < word.end;
    if (word.mark) word.mark.classList.toggle("now", now);
  }
  draw(card);
  if (!audio.paused) requestAnimationFrame(() => follow(card));
}

function sift() {
  const wanted = filter.value.toLowerCase();
  for (const card of cards.values()) card.article.hidden = !card.article.innerText.toLowerCase().includes(wanted) && wanted !== "";
}

filter.addEventListener("input", sift);
addEventListener("resize", () => { for (const card of cards.values()) if (card.sound) draw(card); });
document.getElementById("clear").addEventListener("click", async () => {
  await fetch("/_mock/journal", { method: "DELETE" });
  cards.clear();
  list.replaceChildren();
  count = 0;
  tell();
});

function tell() {
  summary.textContent = `${count} ${count === 1 ? "event" : "events"} at ${location.host}`;
  empty.hidden = cards.size > 0;
}

async function look() {
  try {
    const response = await fetch(`/_mock/journal?after=${after}`);
    const entries = await response.json();
    for (const entry of entries) {
      after = Math.max(after, entry.number);
      take(entry);
    }
    tell();
    if (entries.length && filter.value) sift();
  } catch {
    summary.textContent = "the server does not answer";
  }
  setTimeout(look, WAIT);
}

look();
