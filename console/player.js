// To listen to a recording: by the browser itself where the web server knows who is asking, else
// fetched with the token. Where there is no sound, in words why, and what whoever owns the site can do.

import { api } from "./api.js";
import { announce, element, fill, icon, outside } from "./dom.js";
import { fileSize } from "./words.js";

/** A node for a recording. */
export function player(recording) {
	const node = element("div", { class: "player" });
	letGo();
	if (!recording.file) {
		fill(node, silence(recording));
		watch(node, recording);
	} else if (api.canPlay()) {
		fill(node, sound(node, recording, api.recordingUrl(recording.sid)));
	} else {
		fill(node, offer(node, recording));
	}
	return node;
}

// Nothing tells when a file has been fetched: how often to ask, in milliseconds.
const AGAIN = 60_000;

/** As long as somebody sees it. */
function watch(node, recording) {
	setTimeout(async () => {
		if (!node.isConnected) {
			return;
		}
		const now = document.hidden ? null : await api.recording(recording.sid).catch(() => null);
		if (now?.file) {
			node.replaceWith(player(now));
		} else {
			watch(node, recording);
		}
	}, AGAIN);
}

/** Why there is nothing to be heard of what has not been fetched. */
function silence({ status, url }) {
	if (status === "absent" || status === "failed") {
		return note("There is nothing to listen to.");
	}
	if (status === "in-progress") {
		return note("It can be listened to when it is done, and has been fetched.");
	}
	return note("Not fetched from Twilio yet. Whoever owns this site does so with ",
		element("code", {}, "hookswitch recordings"), ", best every hour. ",
		url && [outside(`${url}.mp3`, "Listen at Twilio"),
			", which may ask for the account's credentials."]);
}

function note(...content) {
	return element("p", { class: "note" }, ...content);
}

// What the server says of a file that it does not give.
const WHY = {
	unknown: () => note("It is not kept here any more."),
	none: (recording) => silence({ ...recording, status: "completed" }),
	missing: () => note("Its file is not in the directory ", element("code", {}, "HOOKSWITCH_RECORDINGS"),
		" as it was fetched."),
	off: () => note("It has been fetched, but this site does not say where to: whoever owns it sets ",
		element("code", {}, "HOOKSWITCH_RECORDINGS"), " to that directory."),
};

/** What went wrong, and to try again. */
async function explain(node, recording) {
	const trouble = await api.recordingTrouble(recording.sid).catch((error) => error.message);
	const why = Object.hasOwn(WHY, trouble) ? WHY[trouble](recording)
		: note(`It cannot be played: ${trouble || "the browser could not read it"}. `);
	fill(node, why, !Object.hasOwn(WHY, trouble) && element("button", { type: "button",
		onclick: () => node.replaceWith(player(recording)) }, "Try again"));
	announce(node.textContent);
}

function sound(node, recording, source) {
	return element("audio", { controls: true, preload: "metadata", src: source, "aria-label": "Recording",
		onerror: () => explain(node, recording), onplay: pauseOthers });
}

/** Nobody listens to two at a time. */
function pauseOthers(event) {
	for (const other of document.querySelectorAll("audio")) {
		if (other !== event.target) {
			other.pause();
		}
	}
}

// With a token: nothing is fetched until somebody wants to hear it.

// What was fetched, by the element that plays it.
const kept = new Map();

function letGo() {
	for (const [audio, address] of kept) {
		if (!audio.isConnected) {
			URL.revokeObjectURL(address);
			kept.delete(audio);
		}
	}
}

function offer(node, recording) {
	const { size } = recording.file;
	return element("button", { type: "button", class: "play",
		onclick: () => fetchAndPlay(node, recording) }, icon("play"), "Play ",
	element("span", { class: "quiet" }, fileSize(size)));
}

async function fetchAndPlay(node, recording) {
	const progress = element("progress", { max: recording.file.size, "aria-label": "Loading the recording" });
	const patience = new AbortController();
	const cancel = element("button", { type: "button", onclick: () => patience.abort() }, "Cancel");
	fill(node, element("p", { class: "loading" }, progress, cancel));
	cancel.focus();
	try {
		const blob = await api.recordingFile(recording.sid, patience.signal, (loaded) => {
			progress.value = loaded;
			if (!node.isConnected) {
				patience.abort();
			}
		});
		if (node.isConnected) {
			play(node, recording, blob);
		}
	} catch {
		if (patience.signal.aborted) {
			const again = offer(node, recording);
			fill(node, again);
			again.focus();
		} else {
			await explain(node, recording);
		}
	}
}

function play(node, recording, blob) {
	const address = URL.createObjectURL(blob);
	const audio = sound(node, recording, address);
	kept.set(audio, address);
	fill(node, audio);
	audio.focus();
	// A browser may want another click for it.
	audio.play().catch(() => {});
}
