// Recordings: whose calls they are of, and to listen to.

import { badge, element, fact, fill, foreign, moment, sid } from "./dom.js";
import { Detail, Split } from "./pane.js";
import { player } from "./player.js";
import { formatRoute } from "./route.js";
import { duration } from "./time.js";
import { bareAddress, plain, recordingStatus } from "./words.js";

export const title = "Recordings";

export function open(main, { api, readers }) {
	return new Split(main, readers, {
		label: "Recordings",
		detailLabel: "Recording",
		nothing: "Choose a recording.",
		list: {
			title: "Recordings",
			load: (next) => api.recordings(next),
			fetch: (sids) => api.recordingsBySid(sids),
			key: (recording) => recording.sid,
			time: (recording) => recording.started_at,
			place: api.placeOfRecording,
			make: row,
			empty: "No recordings yet.",
		},
		keyOf: (change) => change.recording,
		detail: (parent, id) => new Detail(parent, readers, {
			back: formatRoute({ view: "recordings" }),
			title: "Recording",
			label: "About this recording",
			load: () => api.recording(id),
			isAbout: (change) => change.recording === id,
			show,
		}),
	});
}

function row(first) {
	const node = element("a", {});
	const update = (recording) => {
		node.href = formatRoute({ view: "recordings", id: recording.sid });
		fill(node,
			element("span", { class: "row-head" }, parties(recording), moment(recording.started_at)),
			element("span", { class: "row-foot" }, badge(stateOf(recording)), length(recording)));
	};
	update(first);
	return { node, update };
}

/** What Twilio has ready can be heard here only when it has been fetched. */
function stateOf({ status, file }) {
	return status === "completed" && !file ? { words: "not fetched", tone: "quiet" }
		: recordingStatus(status);
}

function length(recording) {
	return recording.duration !== null
		&& element("span", { class: "length" }, duration(recording.duration));
}

function parties(recording) {
	if (!recording.from_number && !recording.to_number) {
		return element("span", { class: "who" }, recording.conference_sid ? "Conference" : "Call");
	}
	return element("span", { class: "who" }, foreign(bareAddress(recording.from_number)), " to ",
		foreign(bareAddress(recording.to_number)));
}

function show(recording) {
	return {
		title: parties(recording),
		state: [badge(stateOf(recording)), length(recording)],
		parts: [
			[[recording.file, recording.url, recording.status], () => player(recording)],
			[recording, () => element("dl", { class: "sheet" }, facts(recording))],
		],
	};
}

function facts(recording) {
	return [
		recording.from_number && fact("From", foreign(bareAddress(recording.from_number))),
		recording.to_number && fact("To", foreign(bareAddress(recording.to_number))),
		fact("Began", moment(recording.started_at, "day")),
		recording.channels && fact("Channels", recording.channels === 2 ? "2, one for each side"
			: String(recording.channels)),
		recording.source && fact("Made by", plain(recording.source)),
		recording.error_code && fact("Error", String(recording.error_code)),
		recording.call_sid && fact("Call", element("a",
			{ href: formatRoute({ view: "calls", id: recording.call_sid }) }, "Show the call")),
		sid(recording.sid),
	];
}

/** A recording among others. */
export function recordingItem(recording) {
	return [
		element("p", { class: "facts" }, badge(stateOf(recording)), moment(recording.started_at, "day"), length(recording)),
		player(recording),
	];
}
