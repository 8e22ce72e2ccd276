// A rich Chinese answer: everything the renderer knows, as a model would write it.
export const RICH = `# 春茶与水温

好茶不怕开水，这话**只对一半。**绿茶的鲜味来自氨基酸，苦味来自咖啡碱与茶多酚；水温越高，苦味出来得越快。下面这份小记，写给第一次认真泡茶的人。

## 一、三种茶，三种水

| 茶 | 水温 | 第一泡 | 可泡次数 |
|:---|:---:|---:|---:|
| 龙井 | 80 °C | 60 秒 | 3 |
| 铁观音 | 95 °C | 30 秒 | 7 |
| 熟普 | 100 °C | 10 秒 | 12 |

> 「水为茶之母，器为茶之父。」
> 旧话里藏着一个朴素的道理：先管好水，再谈别的。

## 二、步骤

1. 烧水到沸，揭盖等 **3 分钟**，约降到 80 °C。
2. 温杯，投茶 3 克；
   - 玻璃杯看叶，*宜绿茶*；
   - 盖碗快出，宜乌龙。
3. 沿杯壁注水，等 60 秒，先闻再喝。

## 三、水凉得多快

牛顿冷却定律给出一个够用的估计：温度差 $\\Delta T$ 按指数衰减，

$$
T(t) = T_{\\text{室}} + (T_0 - T_{\\text{室}})\\,e^{-kt}
$$

其中 \\(k \\approx 0.04\\ \\text{min}^{-1}\\)。用几行 Python 就能算出该等多久：

\`\`\`python
from math import log

def minutes_to(target: float, start: float = 100, room: float = 22, k: float = 0.04) -> float:
    """从 start 降到 target 要几分钟。"""
    return log((start - room) / (target - room)) / k

print(f"{minutes_to(80):.1f} 分钟")  # 7.4 分钟
\`\`\`

揭盖时 *k* 会大一倍，所以三四分钟就够。一壶好茶的花费，不过 $5 到 $10 之间；贵的是那点耐心。延伸阅读见[《茶经》](https://example.org/chajing)，配图 ![茶席](https://example.org/tea.png) 可自行打开。

- [x] 水
- [ ] 茶
`;

export const STORY = `雨是从傍晚开始的。

我站在修鞋铺的檐下，手里那把伞只剩七根骨头。老师傅看了一眼，说这把修不了，除非换整副架子，那就不是原来的伞了。

“那就不修了。”我说。

他把伞还给我，忽然问：“这伞，是不是小满那年，北门那家铺子买的？”

我没有回答。雨声里有人走近，收了伞，站到我身边。`;
