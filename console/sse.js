// Server-sent events out of a stream of text.
//
// EventSource cannot send an Authorization header, so the stream is read with fetch and taken
// apart here, as https://html.spec.whatwg.org/multipage/server-sent-events.html says. Knows
// nothing of the network.

// One event is never longer: who sends more than that is not our server.
const MAX_EVENT = 4 * 1024 * 1024;

export class EventStreamParser {
	constructor() {
		this.text = "";        // the line that has not ended yet
		this.afterReturn = false;
		this.id = "";          // stays from event to event
		this.begin();
	}

	begin() {
		this.type = "";
		this.data = [];
		this.length = 0;
	}

	/** Takes the next piece of the stream; returns the events that it completes. */
	push(piece) {
		const events = [];
		// A line ends with LF, CR or both, and the two can come in two pieces.
		if (this.afterReturn && piece.startsWith("\n")) {
			piece = piece.slice(1);
		}
		if (piece !== "") {
			this.afterReturn = piece.endsWith("\r");
		}
		const lines = (this.text + piece).split(/\r\n|\n|\r/);
		this.text = lines.pop();
		for (const line of lines) {
			this.line(line, events);
		}
		if (this.text.length + this.length > MAX_EVENT) {
			throw new RangeError("the server sent an event without end");
		}
		return events;
	}

	line(line, events) {
		if (line === "") {
			if (this.data.length > 0) {
				events.push({
					id: this.id,
					type: this.type || "message",
					data: this.data.join("\n"),
				});
			}
			this.begin();
			return;
		}
		const colon = line.indexOf(":");
		const name = colon < 0 ? line : line.slice(0, colon);
		const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
		this.field(name, value);
	}

	/** A comment has an empty name, and like every unknown field says nothing. */
	field(name, value) {
		if (name === "data") {
			this.data.push(value);
			this.length += value.length + 1;
		} else if (name === "event") {
			this.type = value;
		} else if (name === "id" && !value.includes("\0")) {
			this.id = value;
		}
	}
}
