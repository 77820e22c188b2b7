"""Headless Chromium, by the W3C WebDriver protocol that chromedriver speaks.

Written out because the protocol is small, and Debian's package for it is not.
"""

import json
import os
import shutil
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from processes import Program, accepts, free_port, wait_until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SWITCHES = ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-GB",
            "--disable-background-networking", "--disable-component-update",
            "--no-first-run", "--mute-audio")
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Down": "\ue015", "Up": "\ue013",
        "Home": "\ue011", "End": "\ue010", "Shift": "\ue008"}
WIDE, NARROW = (1400, 900), (390, 844)
PATIENCE = 15


def unavailable():
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return f"{missing[0]} is not installed" if missing else None


class Driver:
    """chromedriver, as a child of the tests."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="hs-browser-"))
        self.port = free_port()
        log = self.directory / "log"
        self.program = Program([shutil.which("chromedriver"), f"--port={self.port}"], log,
                               env={**os.environ, "HOME": str(self.directory)})
        wait_until(lambda: accepts(self.port), "chromedriver accepts connections",
                   self.program, log)

    def close(self):
        try:
            self.program.stop()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def ask(self, method, path, **body):
        """One command; its value, or an error with what the browser says."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body) if method == "POST" else None,
                               {"Content-Type": "application/json"})
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{value['error']}: {value['message'].splitlines()[0]}")
        return value


class Browser:
    """One window, and what happened in it."""

    def __init__(self, driver):
        self.driver = driver
        switches = list(SWITCHES) + (["--no-sandbox"] if os.geteuid() == 0 else [])
        made = driver.ask("POST", "/session", capabilities={"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": switches},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}})
        self.path = f"/session/{made['sessionId']}"

    def close(self):
        self.driver.ask("DELETE", self.path)

    def begin(self, width, height):
        """A new tab in place of the one there is: what a page has kept for its tab is gone."""
        made = self.ask("window/new", type="tab")
        self.driver.ask("DELETE", f"{self.path}/window")
        self.ask("window", handle=made["handle"])
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=width < 500)
        for kind in ("browser", "performance"):
            self.log(kind)
        return self

    def ask(self, command, **body):
        return self.driver.ask("POST", f"{self.path}/{command}", **body)

    def devtools(self, command, **parameters):
        return self.ask("goog/cdp/execute", cmd=command, params=parameters)

    def open(self, url):
        self.ask("url", url=url)

    def reload(self):
        self.ask("refresh")

    def back(self):
        self.ask("back")

    def run(self, script, *arguments):
        """The value that a script returns in the page."""
        return self.ask("execute/sync", script=script, args=list(arguments))

    def run_async(self, script, *arguments):
        """The value that a script gives to the function that is its last argument."""
        return self.ask("execute/async", script=script, args=list(arguments))

    def press(self, *keys):
        """Keys one after the other, by name, or text."""
        strokes = [KEYS.get(key, key) for key in keys]
        self.ask("actions", actions=[{"type": "key", "id": "keyboard", "actions": [
            {"type": kind, "value": character} for stroke in strokes
            for character in stroke for kind in ("keyDown", "keyUp")]}])

    def click(self, selector):
        found = self.ask("element", using="css selector", value=selector)
        self.ask(f"element/{found[ELEMENT]}/click")

    # What is to be seen

    def text(self, selector="body"):
        """What a reader sees of an element; "" if there is none."""
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def texts(self, selector):
        """The text of each."""
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map((node) => node.textContent)", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def focused(self):
        return self.run("return document.activeElement.textContent.trim()")

    def wait_for(self, condition, what, patience=PATIENCE):
        """The value of a condition once it is true, and how many seconds that took."""
        began = time.monotonic()
        while True:
            value = condition()
            if value:
                return value, time.monotonic() - began
            if time.monotonic() - began > patience:
                raise AssertionError(f"not within {patience} s: {what}\n{self.text()}")
            time.sleep(0.02)

    def wait_for_text(self, text, selector="body", patience=PATIENCE):
        """How many seconds it took to be seen."""
        return self.wait_for(lambda: text in self.text(selector), f"{text!r} in {selector}",
                             patience)[1]

    def picture(self):
        """A PNG in base64."""
        return self.driver.ask("GET", f"{self.path}/screenshot")

    # What happened

    def log(self, kind):
        return self.ask("se/log", type=kind)

    def complaints(self):
        """What the browser, or the page's policy, complained of."""
        return [entry["message"] for entry in self.log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def requested(self):
        """All addresses that the page has asked for."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"]
