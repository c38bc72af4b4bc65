"""Items API in FastAPI: GET and POST /items, /health, /version, and /docs, which FastAPI makes by itself."""

import os

from fastapi import FastAPI
from pydantic import BaseModel, Field

from .items import Item, Items

VERSION = os.environ.get("APP_VERSION", "unknown")

app = FastAPI(title="items", version=VERSION)
items = Items(os.environ.get("ITEMS_PATH", "/items-fastapi/dev"))


class NewItem(BaseModel):
    name: str = Field(min_length=1, max_length=200)


@app.get("/")
def root() -> dict:
    return {"service": "items-fastapi", "version": VERSION, "docs": "/docs"}


@app.get("/health")
def health() -> dict:
    return {"status": "ok", "version": VERSION}


@app.get("/version")
def version() -> dict:
    return {"version": VERSION}


@app.get("/items")
def list_items() -> dict:
    return {"items": items.list()}


@app.post("/items", status_code=201)
def add_item(new: NewItem) -> Item:
    return items.add(new.name)
