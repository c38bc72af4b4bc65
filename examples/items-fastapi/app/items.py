"""The items, one parameter each below a path of SSM Parameter Store: every task of the service sees the same ones.

On AWS they are the account's parameters, on `local` the platform's, which boto3 finds through AWS_ENDPOINT_URL.
"""

import json
import os
import uuid
from datetime import datetime, timezone

import boto3
from pydantic import BaseModel


class Item(BaseModel):
    id: str
    name: str
    createdAt: str


class Items:
    def __init__(self, path: str) -> None:
        self._path = path
        # Older versions of boto3 do not read AWS_ENDPOINT_URL themselves.
        self._ssm = boto3.client("ssm", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))

    def list(self) -> list:
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path)
        found = [json.loads(parameter["Value"]) for page in pages for parameter in page["Parameters"]]
        return sorted(found, key=lambda item: item["createdAt"])

    def add(self, name: str) -> Item:
        item = Item(id=str(uuid.uuid4()), name=name, createdAt=datetime.now(timezone.utc).isoformat())
        value = json.dumps({"id": item.id, "name": item.name, "createdAt": item.createdAt})
        self._ssm.put_parameter(Name=f"{self._path}/{item.id}", Value=value, Type="String")
        return item
