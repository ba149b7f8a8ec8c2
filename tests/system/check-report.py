#!/usr/bin/env python3
"""What a browser makes of the report: run by make check-report.

check-report.py BOUNCEDB DATA.sql [PICTURES]

Makes a database of hostile names, and the report of it; opens the page in Chromium without a
display; and compares what the page shows, after clicks on its filters, with the database. The page
must print nothing on the console and ask for nothing. PICTURES is a directory for screenshots.
AXE=axe.min.js also checks the accessibility. Without Chromium, it says that it is skipped.
"""
import base64
import fcntl
import http.server
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading

NOW = 1790000000
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--remote-debugging-pipe"]
failed = 0
numbers = itertools.count(1)


def check(name, got, want):
    global failed
    if got == want:
        print("ok %d - %s" % (next(numbers), name))
        return
    failed += 1
    print("not ok %d - %s\n#   got  %r\n#   want %r" % (next(numbers), name, got, want))


class Browser:
    """Chromium, by its debugging protocol over two pipes."""

    def __init__(self, program, profile):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        # the browser expects them as 3 and 4; above that, they cannot be in the way
        ours = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_read, to_write)]

        def give():
            os.dup2(ours[0], 3)
            os.dup2(ours[1], 4)

        self.process = subprocess.Popen(
            [program] + FLAGS + ["--user-data-dir=" + profile, "about:blank"], preexec_fn=give,
            pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (to_read, to_write, *ours):
            os.close(fd)
        self.buffer = b""
        self.ids = itertools.count(1)
        self.events = []

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.back, 1 << 16)
            if not more:
                raise SystemExit("Bail out! the browser has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        number = next(self.ids)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            message = self.receive()
            if message.get("id") == number:
                if "error" in message:
                    raise SystemExit("Bail out! %s: %s" % (method, message["error"]))
                return message["result"]
            self.events.append(message)

    def close(self):
        self.call("Browser.close")
        self.process.wait(30)


class Page:
    def __init__(self, browser, url, width=1280, height=900, dark=False, script=True):
        self.browser = browser
        self.url = url
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in browser.events):
            browser.events.append(browser.receive())

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def run(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit("Bail out! %s: %s" % (expression[:80], result["exceptionDetails"]))
        return result["result"].get("value")

    def noise(self):
        """What it said and asked for, except for itself."""
        out = []
        for event in self.browser.events:
            kind = event["method"]
            if kind in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded",
                        "Page.javascriptDialogOpening"):
                out.append(json.dumps(event["params"])[:300])
            if kind == "Network.requestWillBeSent" and event["params"]["request"]["url"] != self.url:
                out.append(event["params"]["request"]["url"][:300])
        return out

    def choose(self, control, value):
        self.run("(() => { const one = document.getElementById(%s); one.value = %s;"
                 " one.dispatchEvent(new Event('change', {bubbles: true})); })()"
                 % (json.dumps(control), json.dumps(value)))

    def click(self, selector):
        self.run("new Promise(done => { document.querySelector(%s).click(); setTimeout(done, 50); })"
                 % json.dumps(selector))

    def table(self, name):
        """Its rows, as text without commas."""
        return self.run("Array.from(document.querySelectorAll('#%s tbody tr')).filter(row => !row.hidden)"
                        ".map(row => Array.from(row.cells).map(cell => cell.textContent.replace(/,/g, '')))"
                        % name)

    def picture(self, folder, name, whole=True):
        if folder is None:
            return
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole, **(
            {"clip": dict(x=0, y=0, scale=1, **self.size())} if whole else {}))["data"]
        with open(os.path.join(folder, name + ".png"), "wb") as out:
            out.write(base64.b64decode(data))

    def size(self):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"width": size["width"], "height": size["height"]}


def total(page, name, column=-1):
    return sum(int(row[column]) for row in page.table(name) if len(row) > 1)


def count(db, where, days):
    today = NOW // 86400
    return db.execute("SELECT count(*) FROM failure JOIN message USING (message_id) WHERE"
                      " failed_at / 86400 BETWEEN ? AND ? AND " + where, (today - days + 1, today)).fetchone()[0]


def option(page, control, text):
    return page.run("Array.from(document.getElementById('%s').options).find(one => one.textContent === %s).value"
                    % (control, json.dumps(text)))


def by_time(db, where):
    """Failures of 30 days by class and the time from when the message was sent, as in the table."""
    limits = (60, 300, 3600, 6 * 3600, 86400, 2 * 86400, 5 * 86400, 30 * 86400)
    classes = ("permanent", "transient", "policy", "spf", "quota", "auth")
    found = db.execute("SELECT class, failed_at - sent_at FROM failure JOIN message USING (message_id)"
                       " WHERE sent_at IS NOT NULL AND failed_at / 86400 > ? AND " + where,
                       (NOW // 86400 - 30,)).fetchall()
    rows = []
    for after, limit in zip((-1,) + limits, limits):
        row = [sum(klass == name and after < took <= limit for klass, took in found) for name in classes]
        rows.append([str(number) for number in row + [sum(row)]])
    return rows


def check_filters(page, db):
    for days in (7, 30, 90, 365):
        page.click("#filters input[value='%d']" % days)
        want = count(db, "1", days)
        check("%d days" % days, total(page, "days-table"), want)
        check("%d days by provider" % days, total(page, "providers-table", 1), want)
        check("%d days by list" % days, total(page, "lists-table", 1), want)
        check("%d days in words" % days, page.run("document.getElementById('shown').textContent"),
              "{:,} failures in {} days".format(want, days))
        bars = page.run("typeof Chart === 'function' ? Chart.getChart('days-chart').data.labels.length : -1")
        # a year begins and ends within a week
        expected = (-1, days) if days < 365 else (-1, 53, 54)
        check("%d days in a chart" % days, bars in expected, True)
        if bars >= 0:
            drawn = page.run("Chart.getChart('days-chart').data.datasets.reduce((sum, one) =>"
                             " sum + one.data.reduce((a, b) => a + b, 0), 0)")
            check("%d days: the chart has the numbers" % days, drawn, want)
    page.click("#filters input[value='30']")

    check("times", [row[1:8] for row in page.table("times-table")], by_time(db, "1"))
    page.choose("class", "spf")
    check("a class: its times", [row[1:8] for row in page.table("times-table")], by_time(db, "class = 'spf'"))
    check("a class", total(page, "days-table"), count(db, "class = 'spf'", 30))
    check("a class by domain", total(page, "domains-table", 3), count(db, "class = 'spf'", 30))
    check("a class: its remedies", len(page.table("remedies-table")), 1)
    page.choose("class", "")
    page.choose("provider", option(page, "provider", "Gmail"))
    check("a provider", total(page, "days-table"), count(db, "provider = 'gmail'", 30))
    check("a provider: its reputation", total(page, "reputation-table"), count(
        db, "provider = 'gmail' AND reason IN ('spf', 'dkim', 'auth_failed')", 30))
    check("a provider: its remedies", {row[1] for row in page.table("remedies-table")}, {"Gmail"})
    check("a provider: its domains", [row[0] for row in page.table("domains-table")], ["gmail.com"])
    check("a provider: its times", [row[1:8] for row in page.table("times-table")],
          by_time(db, "provider = 'gmail'"))
    drawn = page.run("typeof Chart !== 'function' ? -1 : Chart.getChart('times-chart').data.datasets.reduce("
                     "(sum, one) => sum + one.data.reduce((a, b) => a + b, 0), 0)")
    check("a provider: the chart of times", drawn in (-1, total(page, "times-table", 7)), True)
    page.choose("list", option(page, "list", "news.example.org"))
    check("a provider and a list", total(page, "days-table"),
          count(db, "provider = 'gmail' AND list_id = 'news.example.org'", 30))
    page.choose("class", "permanent")
    check("a provider, a list and a class", total(page, "days-table"), count(
        db, "provider = 'gmail' AND list_id = 'news.example.org' AND class = 'permanent'", 30))
    page.choose("provider", option(page, "provider", '"><img src=x onerror=alert(2)>'))
    check("nothing matches", total(page, "days-table"), 0)
    check("campaigns stay", total(page, "campaigns-table", 1) > 0, True)
    page.click("#filters button")
    check("reset", total(page, "days-table"), count(db, "1", 30))
    for name in ("</script><script>alert(3)</script>", "أخبار المدينة"):
        page.choose("list", option(page, "list", name))
        check("a list of a strange name", total(page, "days-table"), db.execute(
            "SELECT count(*) FROM failure JOIN message USING (message_id) WHERE list_id = ?"
            " AND failed_at / 86400 > ?", (name, NOW // 86400 - 30)).fetchone()[0])
        page.choose("list", "")


def check_page(browser, url, db, pictures):
    page = Page(browser, url)
    check("silent", page.noise(), [])
    check("no markup of strangers", page.run(
        "document.querySelectorAll('img, iframe, object, embed, script:not([id]) ~ td').length"), 0)
    check("the policy is in force", page.run(
        "new Promise(done => { document.addEventListener('securitypolicyviolation', () => done('refused'));"
        " const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); setTimeout(() => done('ran: ' + window.ran), 2000); })"), "refused")
    browser.events.clear()
    check_filters(page, db)
    check("silent after the clicks", page.noise(), [])
    if os.environ.get("AXE"):
        check_accessibility(browser, url)
    for name, options in (("320", {"width": 320, "height": 700}), ("800", {"width": 800}),
                          ("1920", {"width": 1920, "height": 1080}), ("dark", {"dark": True}),
                          ("4k", {"width": 3840, "height": 2160})):
        page = Page(browser, url, **options)
        check("%s: silent" % name, page.noise(), [])
        check("%s: nothing sticks out" % name,
              page.run("document.documentElement.scrollWidth <= innerWidth"), True)
        check("%s: the answers are on the first screen" % name, page.run(
            "document.querySelector('.answers').getBoundingClientRect().bottom <= innerHeight * %d"
            % (2 if name == "320" else 1)), True)
        page.picture(pictures, name)
    if pictures:
        pdf = page.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.7)["data"]
        with open(os.path.join(pictures, "print.pdf"), "wb") as out:
            out.write(base64.b64decode(pdf))
    page = Page(browser, url, script=False)
    check("without scripts: silent", page.noise(), [])
    page.picture(pictures, "no-script")


def check_accessibility(browser, url):
    for dark in (False, True):
        page = Page(browser, url, dark=dark)
        page.call("Page.setBypassCSP", enabled=True)
        with open(os.environ["AXE"], encoding="utf-8") as axe:
            page.call("Runtime.evaluate", expression=axe.read())
        check("axe, %s" % ("dark" if dark else "light"), page.run(
            "axe.run().then(found => found.violations.map(one => one.impact + ' ' + one.id + ': '"
            " + one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ')))"), [])


def serve(folder):
    """A web server on this machine, which remembers what it was asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, _format, *arguments):
            asked.append(arguments[0])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, asked


def main():
    bouncedb, data = os.path.abspath(sys.argv[1]), sys.argv[2]
    pictures = sys.argv[3] if len(sys.argv) > 3 else None
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("1..0 # SKIP chromium is not installed: what a browser makes of the report is not checked")
        return 0
    with tempfile.TemporaryDirectory(prefix="bouncedb-report.") as folder:
        database = os.path.join(folder, "b.db")
        subprocess.run([bouncedb, "db", "init", "--db", database], check=True, stdout=subprocess.DEVNULL)
        with open(data, encoding="utf-8") as sql:
            sqlite3.connect(database).executescript(sql.read())
        os.mkdir(os.path.join(folder, "www"))
        path = os.path.join(folder, "www", "report.html")
        subprocess.run([bouncedb, "report", "--db", database, "--now", str(NOW), "-o", path], check=True)
        db = sqlite3.connect(database)
        browser = Browser(program, os.path.join(folder, "profile"))
        check_page(browser, "file://" + path, db, pictures)
        server, asked = serve(os.path.join(folder, "www"))
        page = Page(browser, "http://127.0.0.1:%d/report.html" % server.server_address[1])
        check("from a server: silent", page.noise(), [])
        check("from a server: one request", asked, ["GET /report.html HTTP/1.1"])
        server.shutdown()
        browser.close()
    print("1..%d" % (next(numbers) - 1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
