"""What the worker does and what beat asks for. Celery over SQS: the queue is the stack's, so nothing is created here."""

import logging
import socket
import time

from botocore.exceptions import BotoCoreError
from celery import Celery
from celery.signals import setup_logging
from redis.exceptions import ConnectionError, TimeoutError

from . import log, settings
from .ledger import Ledger

app = Celery("donations", broker=settings.BROKER)
app.conf.update(
    task_default_queue=settings.QUEUE_NAME,
    broker_transport_options={
        "region": settings.REGION,
        "is_secure": settings.BROKER_IS_TLS,
        "predefined_queues": {settings.QUEUE_NAME: {"url": settings.QUEUE_URL}},
        # Messages are asked for by long polling, and at the latest after this many seconds a stopping worker is free.
        "wait_time_seconds": 5,
    },
    # A donation whose worker was stopped is settled by another one.
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    # SQS has no broadcast, so workers are not controlled through it.
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    beat_schedule={
        "remind": {"task": "donations.remind", "schedule": settings.REMIND_SECONDS, "kwargs": {"beat": socket.gethostname()}},
    },
)


@setup_logging.connect
def configure_logging(**_: object) -> None:
    log.configure()


_retried = {"autoretry_for": (ConnectionError, TimeoutError, BotoCoreError), "retry_backoff": True, "max_retries": 5}


@app.task(name="donations.settle", **_retried)
def settle(donation: dict) -> None:
    time.sleep(settings.SETTLE_SECONDS)
    first = Ledger().settle(donation, socket.gethostname())
    logging.info("%s %s: %s cent for %s", "settled" if first else "again", donation["id"], donation["cents"], donation["cause"])


@app.task(name="donations.remind", **_retried)
def remind(beat: str) -> None:
    Ledger().remind(beat)
    logging.info("reminded everybody whose donation is due, asked by %s", beat)
