"""A text with everything that was ever lost on the way into a file."""

from hanmo.core.exports import Document
from hanmo.core.text import Language

BODY = """\
　　**真，**她说**「重要」**的事，*强调*。
第二行。

## 第一节

1) 甲
2) 乙

后面紧跟着列表
- 一
  - 一之一

还有表格
| 名称 | 说明 | 网址 |
|:---|---|--:|
| 一 | 很长的说明，很长的说明，很长的说明，很长的说明，很长的说明，很长的说明 | https://example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa |

代码
```python title="x"
print("<b>", '# 不是标题')
```
> 引用

#### 跳了级的小节

行内 $E=mc^2$ 与 \\(a+b\\)，$\\text{速度}=\\frac{s}{t}$。

$$
\\frac{a}{b} = \\sum_{i=1}^n x_i
$$

<script>alert(1)</script><img src=x onerror=alert(2)> `<i>` [坏](javascript:alert(3)) ![图](https://example.com/a.png) ![密](/etc/passwd)
\\input{/etc/passwd} \\begin{align}x\\end{align} {{< include /etc/passwd >}} ~~删~~ 约~5~6 x^2^ @user [@cite] #let #import <lab>

## 第二节

- [ ] 待办
- [x] 完成

* * *

## 第三节

完。
"""


def document(body: str = BODY, title: str = '春茶 "A" & <B>', lang: Language = "zh", models: tuple[str, ...] = ()) -> Document:
    return Document(title, title, body, True, lang, 1_790_000_000.0, 1_790_000_500.0, ("hanmo", "article"), models)
