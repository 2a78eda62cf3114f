"""A film arrives over two web hosts with folders of their own, and a third host converts it."""

from __future__ import annotations

import subprocess

import pytest
from django.db import connection
from django.utils import timezone

from authoring import course_package
from authoring.films import conversion_worker
from authoring.models import Upload
from authoring.versions import drafts
from deployment.processes import make_single_process_command
from tests.fixtures import factories
from tests.fixtures.phone_clips import make_clip
from tests.fixtures.servers.celery_worker import environment
from tests.fixtures.servers.free_ports import free_port
from tests.fixtures.tus_sender import sender
from tools.testbed.environment import wait_until_ready

pytestmark = pytest.mark.django_db(transaction=True)


class WebHost:
    """The site as a process on the test's database, with its own MEDIA_ROOT."""

    def __init__(self, folder, bucket):
        self.folder, self.port = folder, free_port()
        place = environment(connection.settings_dict["NAME"]) | bucket
        command = make_single_process_command("config.asgi:application")
        self.process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            env=place | {"MEDIA_ROOT": str(folder)},
        )

    def stop(self):
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def hosts(bucket_store, settings, s3_server, tmp_path):
    bucket = s3_server.environment(settings.MEDIA_BUCKET)
    started = [WebHost(tmp_path / name, bucket) for name in ("first", "second")]
    try:
        for host in started:
            wait_until_ready(host.port)
        yield started
    finally:
        for host in started:
            host.stop()


def test_an_upload_goes_on_at_another_host_when_the_first_one_dies(
    hosts, bucket_store, load, package, small_course, ines, tmp_path
):
    course = load(package(small_course)).course
    factories.make_enrolment(ines, course, role="teacher")
    unit = course.units.get(kind="video")
    first, second = (sender(f"127.0.0.1:{host.port}", ines) for host in hosts)
    film = make_clip(tmp_path / "clip.mp4", seconds=1).read_bytes()
    third = len(film) // 3
    place = f"/author/courses/{course.slug}/units/{unit.code}/uploads/"
    url = first.create(place, len(film), Upload_Metadata="keep eWVz").headers["Location"]
    assert first.append(url, 0, film[:third]).status == 204
    assert second.append(url, third, film[third : 2 * third]).status == 204
    assert first.offset(url) == second.offset(url) == 2 * third
    hosts[0].stop()
    assert second.append(url, 2 * third, film[2 * third :]).status == 204

    assert conversion_worker.process_due(now=timezone.now) == 1

    row, working = Upload.objects.get(), drafts.working_copy_of(course)
    assert row.state == "there"
    files = course_package.find_unit(course, working.package, row.unit)["files"]
    assert bucket_store.read_bytes(f"{course.code}/{files['original']}") == film
    assert bucket_store.find(f"{course.code}/{files['video']}") is not None
    assert list(bucket_store.list_files("films")) == []
    assert not any(host.folder.exists() for host in hosts)
