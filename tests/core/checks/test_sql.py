"""SQL is right if one of the common dialects takes it, and nobody is told of the commands of a client."""

import logging
import time

import pytest

from hanmo.core.checks.code import ParseError, check_code

GOOD = [
    "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY AUTOINCREMENT, n NUMERIC(10,2) CHECK (n > 0));",
    "INSERT INTO t (a, b) VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING *;",
    "PRAGMA journal_mode = WAL;",
    "CREATE TRIGGER trg AFTER INSERT ON t BEGIN UPDATE u SET n = n + 1 WHERE id = NEW.id; END;",
    "CREATE TABLE `u` (`id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT '主键', KEY `k` (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;",
    "SELECT * FROM t WHERE a ILIKE '%x%' AND d > NOW() - INTERVAL '7 days';",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n+1 FROM r WHERE n < 5) SELECT * FROM r;",
    "CREATE OR REPLACE FUNCTION f(x int) RETURNS int AS $$ BEGIN RETURN x + 1; END; $$ LANGUAGE plpgsql;",
    "GRANT SELECT, INSERT ON db.* TO 'u'@'localhost' IDENTIFIED BY 'p';",
    "SELECT TOP 10 [name] FROM dbo.Users WITH (NOLOCK);",
    "SELECT data->>'a', tags[1], x::int FROM t;",
    "SELECT DATE_FORMAT(d, '%Y-%m') m, GROUP_CONCAT(x SEPARATOR ',') FROM t GROUP BY m;",
    "SELECT * FROM t WHERE id = :id AND n = $1 AND z = %s;",
    "REPLACE INTO t VALUES (1,2);",
    "DECLARE @n INT = 1; SELECT @n;",
    "CREATE VIRTUAL TABLE f USING fts5(body, tokenize='trigram');",
    "SELECT rowid FROM f WHERE f MATCH '江南' ORDER BY rank;",
    "DO $$ BEGIN RAISE NOTICE 'x'; END $$;",
    "-- 只有注释",
    "SELECT 'a, from', \"b, where\" FROM t; -- 逗号, from",
]
BAD = [
    ("SELECT a\nFROM t\nWHERE;", 3),
    ("SELECT (a FROM t;", 1),
    ("SELEC a FROM t;", 1),
    ("SELECT a FROM t\nGROUP a;", 2),
    ("UPDATE t SET a = WHERE id = 1;", 1),
    ("CREATE TABLE t (\n  id int,\n  b int;\n", 3),
    ("SELECT 'a FROM t", 1),
    ("SELECT a,\n  b, -- 甲\nFROM t;", 2),
    ("UPDATE t SET a = 1,\nWHERE id = 3;", 1),
    ("CREATE TABLE t (\n  a INT,\n  b INT,\n);", 3),
]
OF_A_CLIENT = [
    "DELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\nEND$$",
    "LOAD DATA INFILE '/x.csv' INTO TABLE t;",
    "\\d t",
    ".tables",
    "shop=# SELECT (;",
]


@pytest.mark.parametrize("code", GOOD)
def test_good_statements_of_any_dialect_parse(code: str) -> None:
    assert check_code("sql", code) == "ok"


@pytest.mark.parametrize(("code", "line"), BAD)
def test_broken_statements_are_found_with_their_line(code: str, line: int) -> None:
    found = check_code("sql", code)
    assert isinstance(found, ParseError)
    assert found.line == line
    assert found.message and "\x1b" not in found.message


@pytest.mark.parametrize("code", OF_A_CLIENT)
def test_commands_of_a_client_are_unchecked(code: str) -> None:
    assert check_code("sql", code) == "unchecked"


def test_a_statement_that_is_passed_through_unread_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert check_code("sql", "VACUUM ANALYZE; ALTER SYSTEM SET x = 1;") == "ok"
    assert caplog.records == []


@pytest.mark.parametrize("piece", ["(", "select ", "x.", "1+", "case when ", "[(", "'", "/*", "NOT ", "::", "cast("])
def test_no_sql_is_slow_or_raises(piece: str) -> None:
    began = time.process_time()
    check_code("sql", "SELECT " + piece * (19_000 // len(piece)))
    assert time.process_time() - began < 20
