"""The first day of an installed site: people, a course, a lesson, an erasure, an update."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.fresh_install import bucket, guide, people
from tests.fresh_install.chromium import Window
from tests.fresh_install.machine import Machine
from tests.fresh_install.outside_servers import Outside

COURSE = "attune-algebra-lectures"
# Requests the site five times a second, and counts failures.
WATCH = """
    window.asked = 0; window.unanswered = [];
    setInterval(async () => {
        asked += 1;
        try {
            const answer = await fetch('/health/live', {cache: 'no-store'});
            // A 404 is an answer of the site, too: this address is for machines on the server.
            if (answer.status >= 500) unanswered.push(answer.status);
        } catch (error) { unanswered.push(String(error)); }
    }, 200);
"""
# The site's policy forbids what Playwright's own waiting does in the page.
PLAY_A_SECOND = """async (video) => {
    video.muted = true;
    await video.play();
    while (video.currentTime < 1) await new Promise((go) => setTimeout(go, 100));
    video.pause();
}"""
SUM_OF_VIDEO = """async () => {
    const answer = await fetch(document.querySelector('video').currentSrc, {cache: 'no-store'});
    if (!answer.ok) throw new Error(`the video is answered with ${answer.status}`);
    const sum = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer());
    return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, '0')).join('');
}"""
# A possible migration of a second release; it runs while the first one still serves.
MIGRATION = '''"""A column of a second release."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE courses_course ADD COLUMN second_release text NULL")
    ]
'''


@dataclass
class Day:
    """Everything needed for a first day, and people's open windows."""

    machine: Machine
    outside: Outside
    browser: Browser
    site: str
    shots: Path
    package: Path
    senses_faces: bool
    windows: list[Window] = field(default_factory=list)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time and print one part; on failure take screenshots of every window."""
        began = time.monotonic()
        try:
            yield
        except BaseException:
            for number, window in enumerate(self.windows):
                window.shot(f"failed-{number}")
            raise
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)

    def window(self) -> Window:
        """Return a new window, as on another computer."""
        self.windows.append(Window(self.browser, self.site, self.shots))
        return self.windows[-1]

    def count(self, query: str) -> int:
        """Return the number that a query of the site's database gives."""
        ask = f'runuser -u postgres -- psql -Atqc "{query}" attune'
        return int(self.machine.run(ask))


def live_first_day(day: Day, link: str) -> None:
    """Run from the link printed by `setup` to an erased person. Raises AssertionError."""
    steward, teacher, learner = day.window(), day.window(), day.window()
    with day.part("the Steward chooses a password and a second factor"):
        people.choose_password(steward, link)
        app = people.add_second_factor(steward)
        steward.go("/health/")
        steward.shot("health")
    with day.part("the Steward imports forty people"):
        people.import_people(steward)
    with day.part("the Teacher signs in by the link of a mail"):
        people.choose_password(teacher, wait_for_link(day, "ines@northfield.example"))
        people.add_second_factor(teacher)
    with day.part("the Teacher imports a course and enrols a Learner"):
        people.import_course(teacher, day.package)
        people.enrol(teacher, COURSE, "mia")
    with day.part("the Learner signs in with the university's account"):
        people.sign_in_at_provider(learner, "mia")
    with day.part("the Learner says what may be sensed, and watches"):
        consent_and_watch(day, learner)
    with day.part("the Learner is helped"):
        open_question(learner)
        people.answer_wrong(learner, "998877")
        people.answer_wrong(learner, "887766")
        people.take_hint(learner)
    with day.part("a second release is installed while the page is open"):
        update(day, learner)
    with day.part("a backup is made and brought back"):
        restore(day)
    with day.part("the media move to a bucket and back"):
        move_media(day, learner)
    with day.part("the Steward erases the Learner"):
        steward = day.window()
        people.sign_in(steward, "amir", app)
        erase(day, steward)
    with day.part("promtool reads the metrics"):
        check_metrics(day)
    assert [window.complaints for window in day.windows] == [[]] * len(day.windows)


def wait_for_link(day: Day, address: str) -> str:
    """Return the link of the first mail to this address. Raises IndexError after a minute."""
    for _ in range(60):
        try:
            return day.outside.find_link(address)
        except IndexError:
            time.sleep(1)
    return day.outside.find_link(address)


def consent_and_watch(day: Day, learner: Window) -> None:
    page = learner.go("/consents/")
    switch = page.get_by_role("switch", name="Camera, help for me")
    if not day.senses_faces:
        learner.shot("consents")
        assert switch.count() == 0
        return
    people.allow_camera(learner)
    page = learner.go(f"/courses/{COURSE}/")
    page.get_by_role("link", name=people.LESSON).first.click()
    page.wait_for_selector("html[data-ready]", state="attached")
    until = time.monotonic() + 90
    while not day.count("SELECT count(*) FROM telemetry_block"):
        assert time.monotonic() < until, "nothing was sensed"
        page.wait_for_timeout(1000)
    learner.shot("lesson")


def open_question(learner: Window) -> None:
    """Open the first quiz at a numeric question; each person has their own order."""
    page = learner.go(f"/courses/{COURSE}/")
    page.locator(".lessons").get_by_role("link", name=re.compile("quiz", re.I)).first.click()
    page.wait_for_selector("html[data-ready]", state="attached")
    steps = page.locator(".steps a").evaluate_all("all => all.map((step) => step.href)")
    while page.locator("main form input[inputmode]").count() == 0:
        assert steps, "the quiz has no question that wants a number"
        learner.go(steps.pop(0))


def update(day: Day, learner: Window) -> None:
    """Install a second release with a migration; every request of the open page is answered."""
    release = day.machine.unpack_release("0.2")
    (release / "platform/courses/migrations/0002_second_release.py").write_text(MIGRATION)
    learner.page.evaluate(WATCH)
    (step,) = guide.find_steps(guide.UPDATE)
    with day.machine.shell() as shell:
        shell.run("export npm_config_offline=true")
        print(shell.run(step.commands)[-600:])
    learner.page.wait_for_timeout(2000)
    asked, unanswered = learner.page.evaluate("[asked, unanswered]")
    print(f"{asked} requests meanwhile, unanswered: {unanswered}")
    assert asked > 20
    assert unanswered == []
    assert day.count("SELECT count(*) FROM django_migrations WHERE name='0002_second_release'") == 1
    people.answer_wrong(learner, "776655")


def restore(day: Day) -> None:
    """Make a backup, change something, restore the backup: the change is gone."""
    shell_commands = guide.find_steps(guide.RESTORE)[0].commands
    day.machine.run("attune backup --to /var/backups/attune")
    before = day.count("SELECT count(*) FROM accounts_user")
    change = "UPDATE courses_course SET second_release = 'x' RETURNING 1"
    assert day.count(f"WITH changed AS ({change}) SELECT count(*) FROM changed") == 1
    with day.machine.shell() as shell:
        print(shell.run(shell_commands)[-600:])
    assert day.count("SELECT count(*) FROM accounts_user") == before
    assert day.count("SELECT count(*) FROM courses_course WHERE second_release = 'x'") == 0


def move_media(day: Day, learner: Window) -> None:
    """Move the media to a bucket and back; the video plays from both, and each file is whole."""
    before = day.machine.run(bucket.SUMS)
    assert before.count(".mp4\n") >= 4, before
    bucket.start_bucket(day.machine)
    with day.machine.shell() as shell:
        bucket.move_to_bucket(shell)
    assert play_video(day, learner) in before
    with day.machine.shell() as shell:
        bucket.move_back(shell)
    assert play_video(day, learner) in before
    assert day.machine.run(bucket.SUMS) == before


def play_video(day: Day, learner: Window) -> str:
    """Play the lesson's video once the restarted site answers; return the SHA-256 of its file.

    The file is fetched again for that, because the browser may play from its cache.
    """
    for port in (8001, 8002):
        health = f"http://127.0.0.1:{port}/health/live"
        day.machine.run(
            f"timeout 120 sh -c 'until curl -sf -o /dev/null {health}; do sleep 1; done'"
        )
    page = learner.go(f"/courses/{COURSE}/")
    page.get_by_role("link", name=people.LESSON).first.click()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.locator("video").evaluate(PLAY_A_SECOND)
    sum_of_file: str = learner.page.evaluate(SUM_OF_VIDEO)
    return sum_of_file


def erase(day: Day, steward: Window) -> None:
    """Erase the Learner; afterwards they are neither in the list of people nor in the mail
    queue.
    """
    page = people.search(steward, "mia@northfield.example")
    page.get_by_role("link", name="Mia Example").click()
    page.wait_for_url("**/account/")
    code = page.url.rstrip("/").split("/")[-2]
    people.erase(steward, code)
    page = people.search(steward, "mia@northfield.example")
    expect(page.get_by_role("link", name="Mia Example")).to_have_count(0)
    assert day.count(f"SELECT count(*) FROM accounts_user WHERE code = '{code}'") == 0


def check_metrics(day: Day) -> None:
    metrics = day.machine.run("curl --silent --fail http://127.0.0.1:8001/metrics")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics, text=True, capture_output=True, check=False
    )
    print(done.stdout + done.stderr)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
