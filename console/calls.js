// Calls: those that are going on above, with a timer; of each its timeline, legs and recordings.

import { announce, badge, element, fact, fill, foreign, moment, sid, timer } from "./dom.js";
import { Detail, Split } from "./pane.js";
import { formatRoute } from "./route.js";
import { recordingItem } from "./recordings.js";
import { duration, now, span } from "./time.js";
import { answererName, bareAddress, callStatus, directionName, eventWords, isLive, otherParty }
	from "./words.js";

export const title = "Calls";

// Without news for so long, a call is not shown as going on: its end was lost on the way.
const STALE = { answered: 4 * 3600_000, ringing: 15 * 60_000 };

export function open(main, { api, readers }) {
	return new Split(main, readers, {
		label: "Calls",
		detailLabel: "Call",
		nothing: "Choose a call.",
		list: {
			title: "Calls",
			load: (next) => next === null ? newest(api) : api.calls(next),
			fetch: (sids) => api.callsBySid(sids),
			added: announceCall,
			key: (call) => call.sid,
			// Those that are going on stay above all others.
			time: (call) => (isGoingOn(call) ? "now " : "") + call.created_at,
			place: api.placeOfCall,
			group: (call) => isGoingOn(call) ? "Now" : null,
			make: row,
			empty: "No calls yet.",
		},
		keyOf: (change) => change.call,
		detail: (parent, id) => new Detail(parent, readers, {
			back: formatRoute({ view: "calls" }),
			title: "Call",
			label: "About this call",
			load: () => api.call(id),
			isAbout: (change, shown) => change.call === id
				|| shown?.legs.some((leg) => leg.sid === change.call),
			show,
		}),
	});
}

/** The newest page, and beside it whatever older calls are going on. */
async function newest(api) {
	const [page, more] = await Promise.all([api.calls(null), api.liveCalls()]);
	return { ...page, more };
}

function announceCall(added) {
	const call = added.find(isGoingOn);
	if (call) {
		announce(`${directionName(call.direction)}, ${callStatus(call.status).words}: `
			+ otherParty(call));
	}
}

/** Goes on, and is not one whose end was lost on the way. */
export function isGoingOn(call) {
	const heard = Date.parse(call.updated_at ?? call.created_at);
	const answered = call.answered_at || call.direction === "inbound";
	return isLive(call) && now() - heard < (answered ? STALE.answered : STALE.ringing);
}

/** Its status; the last that was heard of one whose end was lost looks like no call that rings. */
export function stateOf(call) {
	const { words, tone } = callStatus(call.status);
	return { words, tone: isLive(call) && !isGoingOn(call) ? "quiet" : tone };
}

/** When what the timer shows began. */
function since(call) {
	return call.answered_at ?? call.ringing_at ?? call.initiated_at ?? call.created_at;
}

function length(call) {
	if (isGoingOn(call)) {
		return timer(since(call));
	}
	if (isLive(call)) {
		return element("span", { class: "quiet" }, "no news ", moment(call.updated_at, "ago"));
	}
	return call.duration ? element("span", { class: "length" }, duration(call.duration)) : null;
}

function row(first) {
	const node = element("a", {});
	const update = (call) => {
		node.href = formatRoute({ view: "calls", id: call.sid });
		fill(node,
			element("span", { class: "row-head" },
				foreign(otherParty(call), { class: "who" }),
				moment(call.initiated_at ?? call.created_at)),
			element("span", { class: "row-foot" },
				element("span", {}, directionName(call.direction)), badge(stateOf(call)),
				length(call)));
	};
	update(first);
	return { node, update };
}

function show({ call, events, recordings, legs }) {
	return {
		title: foreign(otherParty(call)),
		state: [element("span", {}, directionName(call.direction)), badge(stateOf(call)),
			length(call)],
		parts: [
			[call, () => element("dl", { class: "sheet" }, facts(call))],
			[events, () => [element("h3", {}, "Timeline"), timeline(events)]],
			...recordings.length > 0 ? [[recordings, () => [
				element("h3", {}, "Recordings"),
				element("ul", { class: "plain" }, recordings.map((recording) =>
					element("li", {}, recordingItem(recording))))]]] : [],
			...legs.length > 0 ? [[legs, () => [
				element("h3", {}, "Other legs"),
				element("ul", { class: "rows boxed" },
					legs.map((leg) => element("li", {}, row(leg).node)))]]] : [],
		],
	};
}

function facts(call) {
	const rang = between(call.ringing_at ?? call.initiated_at, call.answered_at);
	return [
		fact("From", foreign(bareAddress(call.from_number))),
		fact("To", foreign(bareAddress(call.to_number))),
		fact("Began", moment(call.initiated_at ?? call.created_at, "day")),
		rang !== null && fact("Rang for", span(rang, 2)),
		call.duration !== null && fact("Length", duration(call.duration)),
		call.answered_by && fact("Answered by", answererName(call.answered_by)),
		call.campaign_id && fact("Campaign", foreign(call.campaign_id)),
		call.sip_response_code && fact("SIP code", String(call.sip_response_code)),
		sid(call.sid),
	];
}

/** Seconds from one time to another; null if one is not known, or they are the wrong way round. */
function between(from, to) {
	const seconds = (Date.parse(to ?? "") - Date.parse(from ?? "")) / 1000;
	return seconds >= 0 ? seconds : null;
}

function timeline(events) {
	return element("ol", { class: "timeline" }, events.map((event) => {
		const after = between(events[0].occurred_at, event.occurred_at);
		return element("li", {},
			moment(event.occurred_at, "seconds"),
			element("span", { class: "what", dir: "auto" }, eventWords(event)),
			after >= 1 && element("span", { class: "after" }, `+${span(after, 2)}`));
	}));
}
