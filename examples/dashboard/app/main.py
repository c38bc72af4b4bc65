"""The dashboard's API: what the ETL computed, for all accounts or one."""

from fastapi import FastAPI, HTTPException

from . import summary

app = FastAPI(title="dashboard-api")


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.get("/accounts")
def accounts() -> dict:
    return summary.read() or {"upto": None, "accounts": {}}


@app.get("/accounts/{name}")
def account(name: str) -> dict:
    found = accounts()["accounts"].get(name)
    if found is None:
        raise HTTPException(404, f"there is no account {name}")
    return found
