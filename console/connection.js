// How the connection stands, in words, in the corner.

import { element, fill, moment } from "./dom.js";

const WORDS = {
	connecting: ["Connecting", "waiting"],
	live: ["Live", "good"],
	polling: ["Live, asking every second", "good"],
	behind: ["Not up to date", "bad"],
	offline: ["Offline", "bad"],
	unauthorized: ["Token needed", "bad"],
};

let shown = "";

/** Also in the tab's title, where somebody sees it who looks at something else. */
export function showConnection(state, again) {
	// What is there stays while nothing else is to be said: somebody may be about to press the button.
	const now = `${state.name} ${state.since}`;
	if (now === shown) {
		return;
	}
	shown = now;
	const [words, tone] = WORDS[state.name];
	const node = document.getElementById("connection");
	node.className = tone;
	fill(node, element("span", { class: "words" }, words),
		(state.name === "offline" || state.name === "behind") && [
			element("span", { class: "since" }, "since ", moment(new Date(state.since).toISOString(), "seconds")),
			element("button", { type: "button", onclick: again }, "Try now"),
		],
		state.name === "unauthorized"
			&& element("button", { type: "button", onclick: again }, "Enter it"));
	document.body.classList.toggle("offline", state.name === "offline");
	document.title = titleOf(document.title.replace(OFFLINE, "").replace(NAME, ""));
}

const OFFLINE = /^Offline · /;
const NAME = / · Hookswitch$/;

/** Of a view, in the tab. */
export function titleOf(view) {
	const isOffline = document.body.classList.contains("offline");
	return `${isOffline ? "Offline · " : ""}${view} · Hookswitch`;
}
