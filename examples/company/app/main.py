"""Category lookup: answers from the table, counts what it did for Prometheus, exports on demand."""

import json

from fastapi import FastAPI, HTTPException, Response

from . import access

app = FastAPI(title="category-service")
lookups = {"found": 0, "missing": 0}


@app.get("/categories")
def about() -> dict:
    """What this environment gives the service, and what it does without."""
    return {"environment": access.ENVIRONMENT, "table": access.TABLE, "bucket": access.BUCKET, "events": access.BROKERS}


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.get("/metrics")
def metrics() -> Response:
    lines = ["# TYPE category_lookups_total counter"]
    lines += [f'category_lookups_total{{outcome="{outcome}"}} {count}' for outcome, count in lookups.items()]
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


@app.get("/categories/{name}")
def category(name: str) -> dict:
    item = access.table().get_item(Key={"id": name}).get("Item")
    lookups["missing" if item is None else "found"] += 1
    if item is None:
        raise HTTPException(404, f"there is no category {name}")
    return {"id": name, "title": item["title"]}


@app.put("/categories/{name}")
def keep(name: str, title: str) -> dict:
    access.table().put_item(Item={"id": name, "title": title})
    return {"id": name, "title": title}


@app.post("/categories/{name}/exports", status_code=202)
def export(name: str) -> dict:
    key = f"categories/{name}.json"
    body = json.dumps(category(name)).encode()
    access.s3().put_object(Bucket=access.bucket(), Key=key, Body=body)
    return {"key": key}
