/** What a Python project's own files say about it: FastAPI, Flask, Django or Celery, and how it is started. */
import type { Code } from "./project-code.ts";

type Read = (file: string) => string | undefined;

const files = [
  "main",
  "app",
  "app/main",
  "app/__init__",
  "src/main",
  "src/app",
  "src/app/main",
  "api/main",
  "wsgi",
  "celery_app",
  "tasks",
  "worker",
  "app/celery",
  "app/tasks",
];

export function inspectPython(read: Read): Code | undefined {
  const project = read("pyproject.toml");
  const required = `${read("requirements.txt") ?? ""}\n${project ?? ""}\n${read("Pipfile") ?? ""}`;
  const needs = (name: string): boolean => new RegExp(`(^|["'\\s])${name}(?![\\w-])`, "im").test(required);
  const found = needs("fastapi")
    ? fastApi(read)
    : needs("django")
      ? django(read, needs)
      : needs("flask")
        ? flask(read, needs)
        : needs("celery")
          ? celery(read)
          : undefined;
  const name = /^\s*name\s*=\s*["']([^"']+)["']/m.exec(project ?? "")?.[1];
  return found === undefined ? undefined : { ...found, name };
}

/** The first file that makes an object of the class: `app/main.py` with `api = FastAPI()` is `app.main:api`. */
function application(read: Read, className: string): { path: string; source: string } | undefined {
  for (const file of files) {
    const source = read(`${file}.py`);
    const variable = new RegExp(`^(\\w+)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)?${className}\\(`, "m").exec(source ?? "")?.[1];
    if (source !== undefined && variable !== undefined)
      return { path: `${file.replace(/\/__init__$/, "").replaceAll("/", ".")}:${variable}`, source };
  }
  return undefined;
}

function fastApi(read: Read): Code {
  const found = application(read, "FastAPI");
  if (found === undefined) return { about: "FastAPI in the requirements, but no application at the usual places", port: 8000 };
  return {
    about: `FastAPI application ${found.path}`,
    port: 8000,
    command: ["uvicorn", found.path, "--host", "0.0.0.0", "--port", "8000"],
    source: found.source,
  };
}

function flask(read: Read, needs: (name: string) => boolean): Code {
  const found = application(read, "Flask");
  if (found === undefined) return { about: "Flask in the requirements, but no application at the usual places", port: 8000 };
  return {
    about: `Flask application ${found.path}`,
    port: 8000,
    // Flask's own server is not made for load; it is proposed only where nothing better is installed.
    command: needs("gunicorn")
      ? ["gunicorn", "--bind", "0.0.0.0:8000", found.path]
      : ["flask", "--app", found.path, "run", "--host", "0.0.0.0", "--port", "8000"],
    source: found.source,
  };
}

function django(read: Read, needs: (name: string) => boolean): Code {
  const settings = /DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)\.settings/.exec(read("manage.py") ?? "")?.[1];
  if (settings === undefined) return { about: "Django in the requirements, but no manage.py that names its settings", port: 8000 };
  return {
    about: `Django project ${settings}`,
    port: 8000,
    command: needs("gunicorn")
      ? ["gunicorn", "--bind", "0.0.0.0:8000", `${settings}.wsgi:application`]
      : ["python", "manage.py", "runserver", "0.0.0.0:8000"],
    source: read(`${settings.replaceAll(".", "/")}/urls.py`)?.replaceAll(/path\(\s*["'](?!\/)/g, 'path("/'),
  };
}

function celery(read: Read): Code {
  const found = application(read, "Celery");
  if (found === undefined) return { about: "Celery in the requirements, but no application at the usual places" };
  const [module = ""] = found.path.split(":");
  return { about: `Celery application ${found.path}`, command: ["celery", "-A", module, "worker", "--loglevel", "INFO"] };
}
