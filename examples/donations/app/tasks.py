"""What the worker does and what beat asks for. Celery over SQS: the queue is the stack's, so nothing is created here."""

import logging
import os

from celery import Celery
from celery.signals import setup_logging

from . import log

QUEUE_URL = os.environ.get("JOBS_QUEUE_URL", "")
QUEUE = QUEUE_URL.rsplit("/", 1)[-1] or "donations"

app = Celery("donations", broker="sqs://")
app.conf.update(
    task_default_queue=QUEUE,
    broker_transport_options={
        "region": os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1")),
        "predefined_queues": {QUEUE: {"url": QUEUE_URL}},
        "visibility_timeout": 300,
    },
    # A donation whose worker was stopped is settled by another one.
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    # SQS has no broadcast, so workers are not controlled through it.
    worker_enable_remote_control=False,
    beat_schedule={"remind": {"task": "donations.remind", "schedule": 3600.0}},
)


@setup_logging.connect
def configure_logging(**_: object) -> None:
    log.configure()


@app.task(name="donations.settle", autoretry_for=(ConnectionError,), retry_backoff=True, max_retries=5)
def settle(donation: dict) -> None:
    logging.info("settled %s: %s cent for %s", donation["id"], donation["cents"], donation["cause"])


@app.task(name="donations.remind")
def remind() -> None:
    logging.info("reminded everybody whose donation is due")
