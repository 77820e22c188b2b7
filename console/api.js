// The server: everything that is known of events.fcgi is here.

import { CursorLost, NoStream, Unauthorized } from "./feed.js";
import { EventStreamParser } from "./sse.js";
import { setServerTime } from "./time.js";

// Beside the page, so that it works with and without mod_rewrite, and below any path.
const FEED = new URL("../events.fcgi", import.meta.url);
const HEALTH = new URL("../health.fcgi", import.meta.url);
const TOKEN = "hookswitch-token";
// What can be in a header at all.
const POSSIBLE = /^[\x21-\x7e]+$/;
const PATIENCE = 20_000;
// Rows of a page, rows where all are wanted, events of an answer, pages without a row.
const PAGE = 50;
const MOST = 200;
const EVENTS = 200;
const MOST_EMPTY = 20;

// The token, where the server wants one: kept for this tab only.

export function setToken(token) {
	sessionStorage.setItem(TOKEN, token);
}

export function hasToken() {
	return sessionStorage.getItem(TOKEN) !== null;
}

// Requests

function addressOf(program, parameters) {
	const url = new URL(program);
	for (const [name, value] of Object.entries(parameters)) {
		if (value !== null && value !== undefined && value !== "") {
			url.searchParams.set(name, value);
		}
	}
	return url;
}

async function request(parameters,
	{ signal, accept = "application/json", range, address = FEED } = {}) {
	const headers = { Accept: accept, ...range && { Range: range } };
	if (hasToken()) {
		const token = sessionStorage.getItem(TOKEN);
		if (!POSSIBLE.test(token)) {
			throw new Unauthorized("the server wants another token");
		}
		headers.Authorization = `Bearer ${token}`;
	}
	const response = await fetch(addressOf(address, parameters), { headers, signal, cache: "no-store",
		credentials: "same-origin", redirect: "error" });
	setServerTime(response.headers.get("Date") ?? "");
	return response;
}

/** An answer that is not what was asked for, as an error. */
async function check(response) {
	if (response.ok) {
		return response;
	}
	const told = await response.json().catch(() => ({}));
	if (response.status === 401) {
		throw new Unauthorized("the server wants a token");
	}
	if (response.status === 410) {
		throw new CursorLost("the server cannot go on from there");
	}
	throw new Error(`the server answered ${response.status}${told.error ? `, ${told.error}` : ""}`);
}

async function ask(parameters, outer) {
	return soon(async (signal) => (await check(await request(parameters, { signal }))).json(), outer);
}

/** What work(signal) gives, if it does not take too long. */
async function soon(work, outer) {
	const patience = new AbortController();
	const timer = setTimeout(() => patience.abort(new Error("the server did not answer in time")),
		PATIENCE);
	const onAbort = () => patience.abort(outer.reason);
	outer?.addEventListener("abort", onAbort);
	try {
		return await work(patience.signal);
	} finally {
		clearTimeout(timer);
		outer?.removeEventListener("abort", onAbort);
	}
}

/** A page of a list: {rows, next}; next is null for the newest page, and after the oldest. */
async function list(name, parameters, next) {
	// Where a page looks for few among many it can end before it has found one.
	for (let pages = 0; ; pages++) {
		const page = await ask({ list: name, limit: PAGE, ...parameters, next });
		next = page.next;
		if (page.items.length > 0 || next === null || pages === MOST_EMPTY) {
			return { rows: page.items, next };
		}
	}
}

/** Rows by their SIDs: no more than Batch asks for, of which all fit into one answer. */
async function bySid(name, sids) {
	return sids.length === 0 ? [] : (await ask({ list: name, sid: sids.join() })).items;
}

// "next" of a page that would end with a row, so that rows that were let go can be had again.
const EPOCH = "1970-01-01T00:00:00+00:00";
const byCreation = (row) => `${row.created_at}~${row.sid}`;
const byStart = (row) => `${row.started_at ?? EPOCH}~${row.sid}`;

/** A body as it comes. */
async function* piecesOf(response) {
	const reader = response.body.getReader();
	try {
		for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
			yield piece.value;
		}
	} finally {
		reader.cancel().catch(() => {});  // where nobody wants the rest
	}
}

// What changed

/** Of an event of the ledger: which rows it speaks of. */
function changeOf({ kind, subject_sid: subject, params }) {
	const first = (name) => [params?.[name]].flat()[0] ?? null;
	const named = (name, prefix) => first(name) ?? (prefix.test(subject ?? "") ? subject : null);
	return {
		kind,
		call: named("CallSid", /^CA/),
		leg: first("DialCallSid"),
		recording: named("RecordingSid", /^RE/),
		room: named("RoomSid", /^RM/),
		message: named("MessageSid", /^(SM|MM)/),
		from: first("From"),
		to: first("To"),
	};
}

export const api = {
	// What the feed wants: see feed.js.

	async poll(cursor, signal) {
		const answer = await ask({ after: cursor ?? "newest", limit: EVENTS }, signal);
		return { changes: answer.events.map(changeOf), cursor: answer.cursor, more: answer.more };
	},

	async stream(cursor, signal, heard) {
		const response = await check(await request({ after: cursor },
			{ signal, accept: "text/event-stream" }));
		// A server that cannot stream answers in one piece, whose length it knows.
		if (response.headers.has("Content-Length")
			|| !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
			response.body?.cancel();
			throw new NoStream("the answer is no stream");
		}
		const parser = new EventStreamParser();
		const decoder = new TextDecoder();
		for await (const value of piecesOf(response)) {
			const events = parser.push(decoder.decode(value, { stream: true }));
			if (events.some((event) => event.type === "gone")) {
				throw new CursorLost("the server cannot go on from there");
			}
			heard(events.map((event) => changeOf(JSON.parse(event.data))), parser.id || null);
		}
	},

	// Conversations

	async channelTypes() {
		const { rows } = await list("channels", { limit: MOST }, null);
		const types = rows.map((channel) => channel.type).filter((type) => type && type !== "voice");
		return [...new Set(["sms", "whatsapp", ...types])];
	},
	sessions: (type, next) => list("conversations", { type }, next),
	placeOfSession: (session) => `${session.last_received_at}~${session.id}`,
	/** Those of messages that came in. */
	sessionsOf: async (sids) => (await ask({ list: "conversations", message: sids.join() })).items,
	session: async (id) => (await ask({ list: "conversations", session: id })).items[0] ?? null,
	messages: (session, next) => list("messages", { session }, next),
	placeOfMessage: byCreation,

	// Calls

	calls: (next) => list("calls", {}, next),
	placeOfCall: byCreation,
	callsBySid: (sids) => bySid("calls", sids),
	liveCalls: async () => (await ask({ list: "live-calls", limit: MOST })).items,
	async call(sid) {
		const [[call], { items: events }, { items: recordings }] = await Promise.all([
			bySid("calls", [sid]), ask({ list: "timeline", limit: MOST, sid }),
			ask({ list: "recordings", limit: MOST, call: sid })]);
		const legs = new Set(events.map((event) => changeOf(event).leg));
		legs.add(call?.parent_sid ?? null).delete(null);
		return call ? { call, events, recordings: recordings.reverse(),
			legs: await bySid("calls", [...legs]) } : null;
	},

	// Recordings and rooms

	recordings: (next) => list("recordings", {}, next),
	placeOfRecording: byStart,
	recordingsBySid: (sids) => bySid("recordings", sids),
	recording: async (sid) => (await bySid("recordings", [sid]))[0] ?? null,
	/** Whether the browser may fetch a file by itself: a token it cannot send along. */
	canPlay: () => !hasToken(),
	recordingUrl: (sid) => addressOf(FEED, { recording: sid }).href,
	/** The file as a blob; loaded(bytes) is told how far it is. */
	async recordingFile(sid, signal, loaded) {
		const response = await check(await request({ recording: sid }, { signal, accept: "audio/*" }));
		const pieces = [];
		let length = 0;
		for await (const piece of piecesOf(response)) {
			pieces.push(piece);
			loaded(length += piece.length);
		}
		return new Blob(pieces, { type: response.headers.get("Content-Type") });
	},
	/** Why a file cannot be had, in the server's word; null if it can. */
	async recordingTrouble(sid) {
		const response = await request({ recording: sid }, { range: "bytes=0-0" });
		const told = response.ok ? {} : await response.json().catch(() => ({}));
		return response.ok ? null : told.file ?? told.error ?? `the server answered ${response.status}`;
	},
	rooms: (next) => list("rooms", {}, next),
	placeOfRoom: byStart,
	roomsBySid: (sids) => bySid("rooms", sids),
	room: async (sid) => (await bySid("rooms", [sid]))[0] ?? null,

	// How it all fares

	async delivery() {
		const campaigns = (await ask({ list: "campaigns", limit: MOST })).items;
		return {
			messages: campaigns.flatMap((campaign) => campaign.messages),
			calls: campaigns.flatMap((campaign) => campaign.calls),
		};
	},
	async health() {
		// health.fcgi answers with an error's status, too, and then as well with what is wrong; it may
		// be closed to all but those who watch the site.
		const [programs, told] = await Promise.all([
			soon(async (signal) => (await request({}, { address: HEALTH, signal })).json())
				.catch(() => null),
			ask({ list: "health", limit: MOST }).catch((error) => ({ items: [], error })),
		]);
		return { programs, spool: told.spool ?? null, error: told.error ?? null,
			webhooks: told.items[0]?.webhooks ?? [], stuckCalls: told.items[0]?.stuck_calls ?? [] };
	},
};
