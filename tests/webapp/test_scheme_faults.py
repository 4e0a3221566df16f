"""What is wrong with a draft scheme is said in a plain sentence, in either language."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from config import Config
from tests.webapp.whole import application
from tests.workflows.scoring.schemes import plain
from webapp import db
from webapp.assessments.schemes import sentence
from workflows.scoring import faults_of, read


@pytest.fixture
def app(settings: Config) -> Iterator[Flask]:
    app = application(settings)
    yield app
    db.of(app).engine.dispose()


def said(app: Flask, stored: dict[str, Any], language: str) -> list[str]:
    with app.test_request_context("/"), force_locale(language):
        return [sentence(fault) for fault in faults_of(read(stored))]


def named(name: str) -> dict[str, Any]:
    stored = plain()
    stored["content"][0]["name"] = name
    return stored


def without(code: str) -> dict[str, Any]:
    stored = plain()
    stored["content"] = [one for one in stored["content"] if one["code"] != code]
    return stored


@pytest.mark.parametrize(
    ("stored", "chinese", "english"),
    [
        (plain(weights={"party": "0.6", "business": "0.5"}), "1.1", "must make 1, not 1.1"),
        (plain(quota="1.2"), "比例", "The quota lies between 0 and 1."),
        (without("result"), "业务类指标分值合计0，应当为100", "Business indicators make 0 points"),
        (named("材料上传数量"), "以留痕代替实效（上传数量）", "counts uploads"),
        (named("每日登录率"), "以留痕代替实效（登录打卡）", "counts log-ins"),
        (named("人均学习时长"), "以留痕代替实效（学习时长）", "counts study time"),
        (named("点赞数"), "以留痕代替实效（点赞转发）", "counts likes"),
    ],
)
def test_each_fault_has_its_sentence(
    app: Flask, stored: dict[str, Any], chinese: str, english: str
) -> None:
    assert any(chinese in one for one in said(app, stored, "zh"))
    assert any(english in one for one in said(app, stored, "en"))
    assert all("{" not in one for one in said(app, stored, "zh"))
