"""Where the queue and the cache are, as the task definition says. The same on AWS and on `local`."""

import os
from urllib.parse import urlsplit

SERVICE = os.environ.get("SERVICE_NAME", "donations")
ENVIRONMENT = os.environ.get("ENVIRONMENT", "dev")

QUEUE_URL = os.environ.get("JOBS_QUEUE_URL", "")
QUEUE_NAME = QUEUE_URL.rsplit("/", 1)[-1] or "donations"
REGION = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))

CACHE_HOST = os.environ.get("CACHE_HOST", "localhost")
CACHE_PORT = int(os.environ.get("CACHE_PORT", "6379"))

# How long settling one donation takes, and how often beat reminds, in seconds.
SETTLE_SECONDS = float(os.environ.get("SETTLE_SECONDS", "0"))
REMIND_SECONDS = float(os.environ.get("REMIND_SECONDS", "3600"))

# Celery asks SQS at the region's own address unless its broker names another. Newer versions of boto3 read
# AWS_ENDPOINT_URL by themselves, kombu's own HTTP client and older ones do not: so it is said here, where it is set.
_endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
BROKER = f"sqs://{_endpoint.netloc}"
BROKER_IS_TLS = _endpoint.scheme != "http"
