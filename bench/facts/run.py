"""Views to facts, ours beside DuckDB, Polars and ClickHouse (chdb), in one run: `bench/run`, which sets up what it needs.

Every engine runs as a process of its own, one after the other, in several rounds, so that a slow minute of the machine
meets all of them. Facts are compared by a checksum over every count of every fact: a ratio stands only between equal facts.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent.resolve()
ROOT = HERE.parent.parent
PERMILLE = ROOT / "target/release/permille"
BOTS = ROOT / "crates/lake/data/crawler-user-agents.txt"
START = datetime.date(2026, 9, 1)
DAYS = 30
KINDS = ["creator", "video", "view", "engagement", "ad_impression"]


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--views", type=int, default=50_000_000, help="views to generate (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each engine (default: %(default)s)")
    parser.add_argument("--engines", default="duckdb,polars,chdb", help="peers to run (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=15, help="longest run of a peer (default: %(default)s)")
    parser.add_argument("--dir", type=Path, default=ROOT / "target/bench", help="folder for data and results")
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


def measured(command, minutes, log):
    """Runs a command and gives its seconds and its peak resident MiB; `None` if it fails or takes too long."""
    begin = time.monotonic()
    with open(log, "wb") as out:
        child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out)
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        seconds = time.monotonic() - begin
        if pid:
            return (seconds, usage.ru_maxrss / 1024) if status == 0 else None
        if seconds > minutes * 60:
            child.kill()
        time.sleep(0.02)


def generate(options):
    """The raw files, made anew unless they are there."""
    raw = options.dir / f"raw-{options.views}"
    wanted = {"seed": 1, "days": DAYS, "creators": 50_000, "viewers": 2_000_000, "views": options.views}
    stamp = raw / "platform.json"
    if stamp.exists() and wanted.items() <= json.loads(stamp.read_text())["options"].items():
        return raw
    say(f"generating {options.views:,} views into {raw}")
    shutil.rmtree(raw, ignore_errors=True)
    counts = [part for name, value in wanted.items() for part in (f"--{name}", str(value))]
    subprocess.run([PERMILLE, "generate", *counts, "--start", str(START), "--out", raw], check=True, stdout=sys.stderr)
    return raw


def archive(options, raw):
    """A workspace with the same events imported, made anew unless it is there."""
    folder = options.dir / f"archive-{options.views}"
    if (folder / "complete").exists():
        return folder
    say(f"importing into {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "permille.toml").write_text(f'data = "."\n\n[lists]\ndata_centres = "{raw / "datacentres.csv"}"\n')
    (folder / "raw").symlink_to(raw)
    for kind in KINDS:
        files = sorted((raw / kind).glob("*.parquet"))
        begin = time.monotonic()
        subprocess.run([PERMILLE, "--workspace", folder, "import", kind, *files], check=True, stdout=sys.stderr)
        say(f"{kind}: imported in {time.monotonic() - begin:.1f} s")
    (folder / "complete").touch()
    return folder


def jobs(options, raw, archived):
    """For each job its engines, and for each engine its command without the name of the file to write."""
    after = START + datetime.timedelta(days=DAYS)
    ours = [PERMILLE, "--workspace", archived, "facts", "--program", HERE / "program.toml"]
    ours += ["--from", START, "--to", after - datetime.timedelta(days=1)]

    def both(command):
        bounded = {"permille within 512 MiB": [*command, "--memory", "512MiB", "--out"]}
        return {"permille": [*command, "--out"]} | bounded

    def peer(name, job, folder):
        engine, *style = name.split()
        return [sys.executable, HERE / f"{engine}_engine.py", *style, job, folder, START, after, BOTS]

    peers = [name for name in options.engines.split(",") if name]
    duckdb = ["duckdb plain", "duckdb tuned"] if "duckdb" in peers else []
    peers = duckdb + [name for name in peers if name != "duckdb"]
    return {
        "raw files": both([*ours, "--raw", raw]) | {name: peer(name, "raw", raw) for name in peers},
        "archive": both(ours) | {name: peer(name, "archive", archived) for name in duckdb},
    }


def totals(path):
    out = subprocess.run([sys.executable, HERE / "totals.py", path], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def run(options, found):
    """Seconds, peak memory and totals of each engine in each job."""
    results = {job: {name: {"seconds": [], "mib": [], "totals": None} for name in found[job]} for job in found}
    for number in range(options.rounds):
        for job, engines in found.items():
            for name, command in engines.items():
                result = results[job][name]
                if result["seconds"] is None:
                    continue
                log = options.dir / (name.replace(" ", "-") + ".log")
                out = options.dir / "facts.parquet"
                got = measured([*command, out], options.minutes, log)
                if got is None:
                    say(f"{job}, {name}: not finished; see {log}")
                    result["seconds"] = None
                    continue
                say(f"{job}, {name}, round {number + 1}: {got[0]:.1f} s, {got[1]:,.0f} MiB")
                result["seconds"].append(got[0])
                result["mib"].append(got[1])
                if number == 0:
                    result["totals"] = totals(out)
                out.unlink()
    return results


def table(results):
    """The table of a run, as Markdown, and whether all facts agree."""
    lines = ["| from | engine | seconds (median) | all runs | ratio to ours | peak MiB | same facts |"]
    lines.append("|---|---|---|---|---|---|---|")
    agree = True
    for job, engines in results.items():
        ours = engines["permille"]
        for name, result in engines.items():
            if not result["seconds"]:
                lines.append(f"| {job} | {name} | not finished | | | | |")
                continue
            same = result["totals"] == ours["totals"]
            agree &= same
            seconds, base = statistics.median(result["seconds"]), statistics.median(ours["seconds"])
            runs = " ".join(f"{each:.1f}" for each in result["seconds"])
            ratio, peak = seconds / base, max(result["mib"])
            lines.append(f"| {job} | {name} | {seconds:.1f} | {runs} | {ratio:.1f} | {peak:,.0f} | {'yes' if same else 'NO'} |")
    return "\n".join(lines), agree


def machine(options):
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024 // 1024
    versions = ", ".join(f"{name} {version(name)}" for name in options.engines.split(",") if name)
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]
    cores = len(os.sched_getaffinity(0))
    today = datetime.date.today()
    return f"{today}: {options.views:,} views, {cores} cores, {memory} GiB, {platform.system()}, Rust {rust}; {versions}"


def main():
    options = arguments()
    options.dir = options.dir.resolve()
    options.dir.mkdir(parents=True, exist_ok=True)
    raw = generate(options)
    archived = archive(options, raw)
    results = run(options, jobs(options, raw, archived))
    text, agree = table(results)
    print(f"{machine(options)}\n\n{text}")
    (options.dir / "facts.json").write_text(json.dumps({"machine": machine(options), "results": results}, indent=1))
    if not agree:
        sys.exit("the facts do not agree: no ratio counts")


main()
