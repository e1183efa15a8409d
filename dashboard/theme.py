"""The look (界面主题): colours, type, spacing, and the word and shape of every light. Nothing else defines them.

A light is word + shape + colour, never colour alone: a leader may be colour-blind, a bulletin is printed in black.
The same tokens reach CSS (`css_variables`), Mantine (`MANTINE`), AG Grid (`GRID_PARAMS`) and Plotly (`PLOTLY_LAYOUT`).
"""

from dataclasses import dataclass
from typing import Any

FONT = (
    '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", '
    '"HanaMinA", "SimSun-ExtB", sans-serif'
)

INK = "#1d2733"
INK_SOFT = "#566172"
HAIRLINE = "#e2e7ee"
CANVAS = "#f3f5f8"
PANEL = "#ffffff"
BRAND = "#1f5196"
BRAND_DARK = "#153c73"
BRAND_TINT = "#eaf1fa"

SPACE = {"1": "4px", "2": "8px", "3": "12px", "4": "16px", "5": "24px", "6": "32px"}
RADIUS = "6px"


@dataclass(frozen=True, slots=True)
class Look:
    """How one state is shown: its short word, the full words, a shape that reads without colour, ink and tint."""

    word: str
    meaning: str
    shape: str
    ink: str
    tint: str

    @property
    def label(self) -> str:
        return f"{self.word}·{self.meaning}" if self.meaning else self.word


LIGHTS: dict[str, Look] = {
    "red": Look("红灯", "滞后严重", "▲", "#b3201b", "#fdeceb"),
    "yellow": Look("黄灯", "滞后", "◆", "#8a5a00", "#fff4d9"),
    "green": Look("绿灯", "正常", "●", "#176b3a", "#e6f4eb"),
    "grey": Look("灰灯", "未评", "○", "#566172", "#edf0f4"),
    "none": Look("不亮灯", "", "—", "#566172", "#f6f7f9"),
}

OUTLOOKS: dict[str, Look] = {
    "done": Look("已完工或部分完工", "", "●", "#176b3a", "#e6f4eb"),
    "expected": Look("预计可完成", "", "◐", "#1f5196", "#eaf1fa"),
    "unlikely": Look("预计无法完成", "", "▲", "#b3201b", "#fdeceb"),
}
NO_OUTLOOK = Look("资料不足", "", "○", "#566172", "#edf0f4")

SEVERITIES: dict[str, Look] = {
    "error": Look("错误", "", "▲", "#b3201b", "#fdeceb"),
    "question": Look("待确认", "", "◆", "#8a5a00", "#fff4d9"),
    "notice": Look("提示", "", "●", "#1f5196", "#eaf1fa"),
}

# 报送情况: where a project's report of the month stands, the best first.
FILINGS: dict[str, Look] = {
    "filed": Look("已报", "", "●", "#176b3a", "#e6f4eb"),
    "submitted": Look("待审核", "", "◐", "#1f5196", "#eaf1fa"),
    "returned": Look("退回", "", "◆", "#8a5a00", "#fff4d9"),
    "missing": Look("未报", "", "▲", "#b3201b", "#fdeceb"),
}

# 目标测算: whether a target is certain, open, or out of reach.
VERDICTS: dict[str, Look] = {
    "reached": Look("已经确定", "", "●", "#176b3a", "#e6f4eb"),
    "needed": Look("还需努力", "", "◐", "#1f5196", "#eaf1fa"),
    "impossible": Look("已不可能", "", "▲", "#b3201b", "#fdeceb"),
}

SERIES = (BRAND, "#c2741a", "#4a8f5c", "#8a6bb1", "#5d7f95", "#a34d5e")
PLAN_LINE = "#8b97a8"


def css_variables() -> str:
    """The tokens as one `:root` rule, for the index page and the sign-in page."""
    pairs = {
        "font": FONT,
        "ink": INK,
        "ink-soft": INK_SOFT,
        "hairline": HAIRLINE,
        "canvas": CANVAS,
        "panel": PANEL,
        "brand": BRAND,
        "brand-dark": BRAND_DARK,
        "brand-tint": BRAND_TINT,
        "radius": RADIUS,
        **{f"space-{name}": size for name, size in SPACE.items()},
        **{f"{name}-ink": look.ink for name, look in LIGHTS.items()},
        **{f"{name}-tint": look.tint for name, look in LIGHTS.items()},
    }
    return ":root{" + "".join(f"--{name}:{value};" for name, value in pairs.items()) + "}"


MANTINE: dict[str, Any] = {
    "fontFamily": FONT,
    "fontFamilyMonospace": FONT,
    "headings": {"fontFamily": FONT, "fontWeight": "600"},
    "primaryColor": "brand",
    "primaryShade": 7,
    "defaultRadius": "sm",
    "colors": {
        "brand": [
            "#eaf1fa", "#d5e2f3", "#aac5e6", "#7ca6d9", "#568bce",
            "#3f7ac7", "#2f68b3", "#1f5196", "#1a467f", "#153c73",
        ],
    },
}  # fmt: skip

GRID_PARAMS: dict[str, Any] = {
    "fontFamily": "inherit",
    "fontSize": 14,
    "headerFontSize": 13,
    "headerFontWeight": 600,
    "foregroundColor": INK,
    "headerTextColor": INK_SOFT,
    "headerBackgroundColor": "#f7f9fb",
    "borderColor": HAIRLINE,
    "rowHoverColor": "#f5f8fc",
    "accentColor": BRAND,
    "wrapperBorderRadius": RADIUS,
    "cellHorizontalPadding": 10,
    "rowHeight": 38,
    "headerHeight": 38,
    "columnBorder": False,
}

PLOTLY_LAYOUT: dict[str, Any] = {
    "font": {"family": FONT, "size": 13, "color": INK},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "margin": {"l": 56, "r": 16, "t": 12, "b": 40},
    "colorway": list(SERIES),
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "traceorder": "normal"},
    "xaxis": {"showgrid": False, "linecolor": HAIRLINE, "fixedrange": True},
    "yaxis": {"gridcolor": HAIRLINE, "zeroline": False, "rangemode": "tozero", "fixedrange": True},
}
