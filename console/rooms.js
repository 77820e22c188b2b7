// Video rooms: who is in them, who was.

import { badge, element, fact, fill, foreign, moment, sid, timer } from "./dom.js";
import { Detail, Split } from "./pane.js";
import { formatRoute } from "./route.js";
import { duration, now } from "./time.js";
import { count, plain, roomStatus } from "./words.js";

export const title = "Rooms";

export function open(main, { api, readers }) {
	return new Split(main, readers, {
		label: "Video rooms",
		detailLabel: "Room",
		nothing: "Choose a room.",
		list: {
			title: "Video rooms",
			load: (next) => api.rooms(next),
			fetch: (sids) => api.roomsBySid(sids),
			key: (room) => room.sid,
			// Those that are open stay above all others.
			time: (room) => (isOpen(room) ? "open " : "") + (began(room) ?? ""),
			place: api.placeOfRoom,
			group: (room) => isOpen(room) ? "Open now" : null,
			make: row,
			empty: "No video rooms yet.",
		},
		keyOf: (change) => change.room,
		detail: (parent, id) => new Detail(parent, readers, {
			back: formatRoute({ view: "rooms" }),
			title: "Room",
			label: "About this room",
			load: () => api.room(id),
			isAbout: (change) => change.room === id,
			show,
		}),
	});
}

/** When it began; where nobody has told, when the first came. */
function began(room) {
	return room.started_at ?? room.participants[0]?.first_connected_at ?? null;
}

/** Twilio lets no room last longer than a day: whose end we were not told of has ended, too. */
function isOpen(room) {
	return !room.ended_at && now() - Date.parse(began(room)) < 86_400_000;
}

function stateOf(room) {
	return room.ended_at || isOpen(room) ? roomStatus(room.status)
		: { words: "nobody told of its end", tone: "quiet" };
}

const isHere = (room, participant) => isOpen(room) && participant.is_connected;

/** Who came back was not there all the time since. */
function stayed(participant) {
	return participant.stays === 1 ? timer(participant.first_connected_at)
		: timer(new Date(now() - participant.duration * 1000).toISOString());
}

const name = (participant) => foreign(participant.identity || "without a name", { class: "who" });

function length(room) {
	if (isOpen(room)) {
		return timer(began(room));
	}
	return room.duration !== null && element("span", { class: "length" }, duration(room.duration));
}

function row(first) {
	const node = element("a", {});
	const update = (room) => {
		const here = room.participants.filter((participant) => isHere(room, participant));
		node.href = formatRoute({ view: "rooms", id: room.sid });
		fill(node,
			element("span", { class: "row-head" },
				foreign(room.name || room.sid, { class: "who" }), moment(began(room))),
			element("span", { class: "row-foot" }, badge(stateOf(room)),
				isOpen(room) && element("span", {}, here.length === 0 ? "nobody in it"
					: count(here.length, "participant")),
				length(room)));
	};
	update(first);
	return { node, update };
}

function show(room) {
	const here = room.participants.filter((participant) => isHere(room, participant));
	const gone = room.participants.filter((participant) => !isHere(room, participant));
	return {
		title: foreign(room.name || "Room"),
		state: [badge(stateOf(room)), length(room)],
		parts: [
			[room, () => element("dl", { class: "sheet" }, facts(room))],
			...isOpen(room) ? [[here, () => [element("h3", {}, "In the room"), present(here)]]] : [],
			...gone.length > 0 ? [[[gone, isOpen(room)], () => [
				element("h3", {}, isOpen(room) ? "Have left" : "Were there"), absent(room, gone)]]] : [],
		],
	};
}

function facts(room) {
	return [
		fact("Began", moment(began(room), "day")),
		room.ended_at && fact("Ended", moment(room.ended_at, "day")),
		room.type && fact("Kind", plain(room.type)),
		room.appointment_id && fact("Appointment", String(room.appointment_id)),
		sid(room.sid),
	];
}

function present(here) {
	return here.length === 0 ? element("p", { class: "quiet" }, "Nobody.")
		: element("ul", { class: "people" }, here.map((participant) => element("li", {},
			name(participant), element("span", {}, "for ", stayed(participant)))));
}

function absent(room, gone) {
	return element("ul", { class: "people" }, gone.map((participant) => element("li", {},
		name(participant),
		element("span", {}, moment(participant.first_connected_at), " – ",
			moment(participant.last_disconnected_at ?? room.ended_at),
			participant.stays > 1 && ` in ${participant.stays} stays`),
		element("span", { class: "length" }, duration(participant.duration)))));
}
