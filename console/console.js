// Starts the page: the feed, the view that the address names, and what is around them.

import { api, hasToken, setToken } from "./api.js";
import { Badges } from "./badges.js";
import * as calls from "./calls.js";
import { showConnection, titleOf } from "./connection.js";
import * as delivery from "./delivery.js";
import { tick } from "./dom.js";
import { Feed } from "./feed.js";
import * as health from "./health.js";
import * as inbox from "./inbox.js";
import * as recordings from "./recordings.js";
import * as rooms from "./rooms.js";
import { Readers } from "./reader.js";
import { decode, parseRoute } from "./route.js";

const VIEWS = { inbox, calls, recordings, rooms, delivery, health };

// How long a page that nobody sees keeps its stream, and how seldom the page is changed in a burst.
const GRACE = 5_000;
const BURST = 200;

const main = document.getElementById("content");
let shown = null;   // name of the view
let view = null;

const clock = {
	now: () => Date.now(),
	sleep: (duration, signal) => new Promise((resolve) => {
		const end = () => {
			clearTimeout(timer);
			signal.removeEventListener("abort", end);
			resolve();
		};
		const timer = setTimeout(end, duration);
		signal.addEventListener("abort", end);
		if (signal.aborted) {
			end();
		}
	}),
};

const feed = new Feed({
	transport: api,
	clock,
	told: {
		changes: (changes) => gather(changes),
		reset: () => {
			view.reload();
			badges.reload();
		},
		state: (state) => {
			showState();
			if (state.name === "unauthorized") {
				askForToken();
			} else if (isConnected()) {
				readers.wake();
			}
		},
	},
});

let behind = null;   // that something could not be read, though changes are told

const readers = new Readers({
	clock,
	told: {
		behind: (since) => {
			behind = { name: "behind", since };
			showState();
		},
		current: () => {
			behind = null;
			showState();
		},
	},
});
const badges = new Badges(api, readers);

function isConnected() {
	return feed.state.name === "live" || feed.state.name === "polling";
}

function showState() {
	showConnection(isConnected() && behind || feed.state, wake);
}

/** Whatever waits to try again does so now. */
function wake() {
	feed.wake();
	readers.wake();
}

function rest(resting) {
	feed.rest(resting);
	readers.rest(resting);
}

// What changes. In a burst the page is touched a few times a second, not for every event.

let gathered = [];
let gathering = null;
let told = 0;

function gather(changes) {
	gathered.push(...changes);
	gathering ??= setTimeout(() => {
		gathering = null;
		told = Date.now();
		view.changed(gathered);
		badges.changed(gathered, shown);
		gathered = [];
	}, Math.max(0, told + BURST - Date.now()));
}

// Where we are.

function navigate() {
	const route = parseRoute(location.hash);
	const opened = route.view !== shown;
	if (opened) {
		view?.close();
		shown = route.view;
		view = VIEWS[shown].open(main, { api, readers });
		badges.opened(shown);
		document.title = titleOf(VIEWS[shown].title);
		for (const link of document.querySelectorAll("nav.views a")) {
			link.dataset.view === shown ? link.setAttribute("aria-current", "page")
				: link.removeAttribute("aria-current");
		}
	}
	main.classList.toggle("chosen", route.id !== "");
	view.route(route);
	if (opened && feed.cursor !== null) {
		view.reload();
	}
}

// The token, where the server asks for one.

const dialog = document.getElementById("token");
const field = document.getElementById("token-field");

function askForToken() {
	if (dialog.open) {
		return;  // somebody may be typing
	}
	document.getElementById("token-wrong").textContent =
		hasToken() ? "The server does not take that token." : "";
	field.value = "";
	dialog.showModal();
}

dialog.querySelector("form").addEventListener("submit", (event) => {
	event.preventDefault();
	useToken(field.value.trim());
});

function useToken(token) {
	setToken(token);
	dialog.close();
	wake();
}

// What goes on by itself.

setInterval(() => document.hidden || tick(), 1000);

// At midnight today becomes yesterday, and what nobody is heard of does not go on for ever.
setInterval(() => view.timePassed(), 60_000);

// A browser has six connections to a server, for all of its tabs, and a stream takes one: those that
// nobody sees must not keep any, least of all one that has been left and may be come back to.
let resting = null;
document.addEventListener("visibilitychange", () => {
	clearTimeout(resting);
	if (document.hidden) {
		resting = setTimeout(() => rest(true), GRACE);
	} else {
		tick();
		rest(false);
	}
});
addEventListener("pagehide", () => rest(true));
addEventListener("pageshow", () => rest(document.hidden));
addEventListener("online", wake);
addEventListener("offline", wake);

// Escape goes back from what was chosen to the list.
document.addEventListener("keydown", (event) => {
	if (event.key === "Escape" && !dialog.open) {
		main.querySelector("a.back")?.click();
	}
});

// The token can come with the address, behind the sign of which nothing is sent to any server; it
// does not stay there.
function takeToken() {
	if (location.hash.startsWith("#token=")) {
		useToken(decode(location.hash.slice("#token=".length)));
		history.replaceState(null, "", "#/");
	}
}

addEventListener("hashchange", () => {
	takeToken();
	navigate();
});
takeToken();
navigate();
rest(document.hidden);
feed.run();
