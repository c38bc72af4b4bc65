"""What the service has access to here. What an environment leaves out is answered with 503 and its name, not guessed."""

import os
from typing import Optional

import boto3
from fastapi import HTTPException

ENVIRONMENT = os.environ.get("ENVIRONMENT", "dev")
TABLE = os.environ.get("CATEGORY_CACHE_TABLE")
BUCKET = os.environ.get("ACME_CATEGORY_EXPORTS_BUCKET")
BROKERS = os.environ.get("SERVICES_BOOTSTRAP_SERVERS")


def _endpoint(service: str) -> Optional[str]:
    # Newer versions of boto3 read these two by themselves, older ones do not.
    return os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}", os.environ.get("AWS_ENDPOINT_URL"))


def _given(what: str, value: Optional[str]) -> str:
    if value is None:
        raise HTTPException(503, f"the environment {ENVIRONMENT} has no {what}")
    return value


def table():
    return boto3.resource("dynamodb", endpoint_url=_endpoint("dynamodb")).Table(_given("table of categories", TABLE))


def bucket() -> str:
    return _given("bucket for exports", BUCKET)


def s3():
    return boto3.client("s3", endpoint_url=_endpoint("s3"))
