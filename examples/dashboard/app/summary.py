"""Where the ETL leaves its summary and the API finds it: one parameter of SSM Parameter Store."""

import json
import os
from typing import Optional

import boto3


def _ssm():
    # Older versions of boto3 do not read AWS_ENDPOINT_URL themselves.
    return boto3.client("ssm", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))


def _name() -> str:
    return os.environ.get("SUMMARY_PARAMETER", "/dashboard/dev/summary")


def read() -> Optional[dict]:
    ssm = _ssm()
    try:
        return json.loads(ssm.get_parameter(Name=_name())["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return None


def write(summary: dict) -> None:
    _ssm().put_parameter(Name=_name(), Value=json.dumps(summary), Type="String", Overwrite=True)
