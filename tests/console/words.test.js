// Twilio's words in the reader's, and times.
import assert from "node:assert/strict";
import { test } from "node:test";

import { dayName, duration, now, setServerTime, span } from "../../console/time.js";
import { bareAddress, callStatus, channelName, eventWords, fileSize, isLive, messageStatus, otherParty }
	from "../../console/words.js";

test("durations", () => {
	assert.deepEqual([0, 7.9, 65, 725, 3723, -5].map(duration),
		["0:00", "0:07", "1:05", "12:05", "1:02:03", "0:00"]);
});

test("spans", () => {
	assert.deepEqual([0, 0.4, 7, 60, 3599, 7200, 86_400, 500_000].map((seconds) => span(seconds)),
		["0 s", "0 s", "7 s", "1 min", "59 min", "2 h", "1 day", "5 days"]);
	assert.equal(span(232, 2), "3 min 52 s");
	assert.equal(span(3605, 2), "1 h 5 s");
});

test("days", () => {
	const today = new Date(2026, 4, 14, 0, 30).getTime();
	assert.equal(dayName(new Date(2026, 4, 14, 23, 59).getTime(), today), "Today");
	assert.equal(dayName(new Date(2026, 4, 13, 23, 59).getTime(), today), "Yesterday");
	assert.match(dayName(new Date(2026, 4, 12, 1, 0).getTime(), today), /12/);
	assert.match(dayName(new Date(2025, 4, 12, 1, 0).getTime(), today), /2025/);
	assert.equal(dayName(NaN), "Without a time");
});

test("the server's clock counts, but for what the way may explain", () => {
	setServerTime(new Date(Date.now() + 1500).toUTCString());
	assert.ok(Math.abs(now() - Date.now()) < 100);
	setServerTime(new Date(Date.now() - 600_000).toUTCString());
	assert.ok(Math.abs(now() + 600_000 - Date.now()) < 1100);
	setServerTime("no time");
	assert.ok(Math.abs(now() + 600_000 - Date.now()) < 1100);
	setServerTime(new Date().toUTCString());
	assert.ok(Math.abs(now() - Date.now()) < 100);
});

test("statuses, known and not", () => {
	assert.deepEqual(callStatus("no-answer"), { words: "no answer", tone: "warning" });
	assert.deepEqual(callStatus("put-on_hold"), { words: "put on hold", tone: "quiet" });
	assert.deepEqual(callStatus(null), { words: "not known", tone: "quiet" });
	assert.deepEqual(callStatus("constructor"), { words: "constructor", tone: "quiet" });
	assert.equal(messageStatus("undelivered").words, "not delivered");
	assert.equal(channelName("whatsapp"), "WhatsApp");
	assert.equal(channelName("viber"), "viber");
});

test("addresses", () => {
	assert.deepEqual(["whatsapp:+1555", "+1555", "client:anna", "sip:a@b", "", null, "anonymous", "x:"]
		.map(bareAddress), ["+1555", "+1555", "anna", "a@b", "not known", "not known", "anonymous", "x:"]);
	const call = { from_number: "+1", to_number: "+2" };
	assert.equal(otherParty({ ...call, direction: "inbound" }), "+1");
	assert.equal(otherParty({ ...call, direction: "outbound-api" }), "+2");
});

test("calls that go on", () => {
	assert.equal(isLive({ status: "ringing", ended_at: null }), true);
	assert.equal(isLive({ status: null, ended_at: null }), true);
	assert.equal(isLive({ status: "completed", ended_at: null }), false);
	assert.equal(isLive({ status: "in-progress", ended_at: "2026-01-01T00:00:00Z" }), false);
});

const EVENTS = [
	["call-status", { CallStatus: "in-progress" }, "In progress"],
	["call-status", { CallStatus: ["ringing", "busy"] }, "Ringing"],
	["call", { CallStatus: "ringing" }, "Asked for instructions: ringing"],
	["call-action", { DialCallStatus: "no-answer" }, "Dialled leg: no answer"],
	["call-action", { Digits: "42" }, "Pressed 42"],
	["call-action", { SpeechResult: "<b>yes</b>" }, "Said: <b>yes</b>"],
	["call-action", { RecordingSid: "RE1", Digits: "hangup" }, "Recorded a message"],
	["call-action", {}, "Asked what to do next"],
	["answering-machine-detection", { AnsweredBy: "human" }, "Answered by a person"],
	["recording-status", { RecordingStatus: "completed" }, "Recording: ready"],
	["call-status", null, "Not known"],
	["constructor", {}, "Constructor"],
	["something-new", {}, "Something new"],
];

for (const [kind, params, words] of EVENTS) {
	test(`${kind} ${JSON.stringify(params)}`, () => assert.equal(eventWords({ kind, params }), words));
}

test("sizes of files", () => {
	const separator = (1.5).toLocaleString().charAt(1);
	assert.deepEqual([0, 999, 1000, 9940, 32_044, 999_999, 1_440_000, 23_400_000].map(fileSize),
		["0 bytes", "999 bytes", "1 kB", `9${separator}9 kB`, "32 kB", "1,000 kB".replace(",",
			(1000).toLocaleString().replace(/\d/g, "")), `1${separator}4 MB`, "23 MB"]);
});
