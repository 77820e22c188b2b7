// Twilio's words in the reader's: statuses, directions, addresses, kinds of webhooks.
//
// What is not known here is shown as it came, with blanks for hyphens: Twilio adds words when it
// likes.

// status: [words, tone]; a tone is a colour and never all that tells.
const CALL_STATUSES = {
	"queued": ["queued", "waiting"],
	"initiated": ["dialling", "waiting"],
	"ringing": ["ringing", "ringing"],
	"in-progress": ["in progress", "live"],
	"completed": ["completed", "good"],
	"busy": ["busy", "warning"],
	"no-answer": ["no answer", "warning"],
	"canceled": ["cancelled", "quiet"],
	"failed": ["failed", "bad"],
};

const MESSAGE_STATUSES = {
	"received": ["received", "quiet"],
	"receiving": ["arriving", "waiting"],
	"accepted": ["accepted", "waiting"],
	"scheduled": ["scheduled", "waiting"],
	"queued": ["queued", "waiting"],
	"sending": ["sending", "waiting"],
	"sent": ["sent", "quiet"],
	"partially_delivered": ["partly delivered", "warning"],
	"delivered": ["delivered", "good"],
	"read": ["read", "good"],
	"undelivered": ["not delivered", "bad"],
	"failed": ["failed", "bad"],
	"canceled": ["cancelled", "quiet"],
};

const RECORDING_STATUSES = {
	"in-progress": ["recording", "live"],
	"completed": ["ready", "good"],
	"absent": ["nothing recorded", "quiet"],
	"failed": ["failed", "bad"],
};

const ROOM_STATUSES = {
	"in-progress": ["open", "live"],
	"completed": ["ended", "quiet"],
	"failed": ["failed", "bad"],
};

const CHANNELS = {
	sms: "SMS", whatsapp: "WhatsApp", rcs: "RCS", messenger: "Messenger", voice: "Voice",
};

const DIRECTIONS = {
	"inbound": "Incoming",
	"outbound-api": "Outgoing",
	"outbound-dial": "Dialled leg",
	"outbound": "Outgoing",
};

const ANSWERERS = {
	human: "a person",
	machine_start: "a machine",
	machine_end_beep: "a machine, after its beep",
	machine_end_silence: "a machine, after its greeting",
	machine_end_other: "a machine",
	fax: "a fax",
	unknown: "not known who",
};

export const callStatus = lookup(CALL_STATUSES);
export const messageStatus = lookup(MESSAGE_STATUSES);
export const recordingStatus = lookup(RECORDING_STATUSES);
export const roomStatus = lookup(ROOM_STATUSES);

function lookup(table) {
	return (status) => {
		const [words, tone] = Object.hasOwn(table, status) ? table[status]
			: [plain(status) || "not known", "quiet"];
		return { words, tone };
	};
}

export function channelName(type) {
	return Object.hasOwn(CHANNELS, type) ? CHANNELS[type] : plain(type) || "Other";
}

export function directionName(direction) {
	return Object.hasOwn(DIRECTIONS, direction) ? DIRECTIONS[direction] : plain(direction) || "Call";
}

export function answererName(answerer) {
	return Object.hasOwn(ANSWERERS, answerer) ? ANSWERERS[answerer] : plain(answerer);
}

/** Without the prefix that names the channel, which is shown in another place. */
export function bareAddress(address) {
	return (address ?? "").replace(/^[a-z_]+:(?=.)/i, "") || "not known";
}

/** The other side of a call: who calls us, or whom we call. */
export function otherParty(call) {
	return bareAddress(call.direction === "inbound" ? call.from_number : call.to_number);
}

export function ourParty(call) {
	return bareAddress(call.direction === "inbound" ? call.to_number : call.from_number);
}

/** Has not ended, as far as is known. */
export function isLive(call) {
	return !call.ended_at && !["completed", "busy", "no-answer", "canceled", "failed"]
		.includes(call.status);
}

// What a webhook about a call tells, by its kind.
const EVENTS = {
	"call": (p) => `Asked for instructions: ${callStatus(p.CallStatus).words}`,
	"call-action": (p) => action(p),
	"call-status": (p) => capital(callStatus(p.CallStatus).words),
	"answering-machine-detection": (p) => `Answered by ${answererName(p.AnsweredBy)}`,
	"recording-status": (p) => `Recording: ${recordingStatus(p.RecordingStatus).words}`,
	"conference": (p) => `Conference: ${plain(p.StatusCallbackEvent)}`,
	"transcription": (p) => `Transcription: ${plain(p.TranscriptionStatus)}`,
};

function action(p) {
	if (p.DialCallStatus) {
		return `Dialled leg: ${callStatus(p.DialCallStatus).words}`;
	}
	if (p.Digits && !p.RecordingSid) {
		return `Pressed ${p.Digits}`;
	}
	if (p.SpeechResult) {
		return `Said: ${p.SpeechResult}`;
	}
	return p.RecordingSid ? "Recorded a message" : "Asked what to do next";
}

/** What happened to a call, from an event of the ledger. */
export function eventWords({ kind, params }) {
	const single = Object.fromEntries(Object.entries(params ?? {})
		.map(([name, value]) => [name, [value].flat()[0] ?? ""]));
	return Object.hasOwn(EVENTS, kind) ? EVENTS[kind](single) : capital(plain(kind));
}

function capital(text) {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plain(word) {
	return (word ?? "").replace(/[-_]/g, " ");
}

const SIZES = [[1e6, "MB"], [1e3, "kB"]];

/** 820 kB, 1.4 MB, 23 MB */
export function fileSize(bytes) {
	const [unit, name] = SIZES.find(([least]) => bytes >= least) ?? [1, "bytes"];
	const number = bytes / unit;
	const digits = unit > 1 && number < 10 ? 1 : 0;
	return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }).format(number)} ${name}`;
}

/** 1 message, 2 messages */
export function count(number, one, many = one + "s") {
	return `${new Intl.NumberFormat().format(number)} ${number === 1 ? one : many}`;
}
