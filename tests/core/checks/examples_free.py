"""What is told of in free texts and of what their briefs ask for, and what must pass: name of the check -> examples."""

from tests.core.checks.articles import Example, en, free, zh

HILL = "山脚下的小路绕过一片竹林，通到一座旧木桥。过了桥就是村子，炊烟从屋顶慢慢升起来。"
LANE = "书店在巷子的最深处，门口挂着一盏旧灯。下雨的夜里，灯光照在石板上，像一小片湖水。"
SEA = "The tide came in and covered the long grey beach. By noon the boats were afloat."
CLICHES = (
    "众所周知，随着科技的飞速发展，人工智能在当今社会扮演着重要的角色。值得注意的是，它具有重要的意义。让我们携手前行，"
    "在不久的将来，为生活注入新的活力。"
)
NOT_BUT = (
    "写作不是堆砌，而是选择。选择不是随意，而是判断。判断不是天赋，而是练习。练习不是重复，而是改正。"
)  # fmt: skip
HALF_WIDTH = {
    "共有 3 种,2 种坏了。": ",", "我们用 Python,写了很久。": ",",
    "“好”,她说。": ",", "他读了《红楼梦》,写了笔记。": ",", "今年是 2024,我们还在写。": ",",
    "先用 `git add`,再提交。": ",", "他用 Python, 写了三年。": ", ", "他最喜欢的语言是 Python.": ".", "**重点**,请看这里。": ",",
    "他买了苹果,iPhone 也买了。": ",", "你会不会用 Python?会的。": "?", "增长了 5%,利润也涨了。": ",", "他说“好”.": ".", "（很累）;但是走了。": ";",
    "支持 iOS,Android,还有鸿蒙系统。": ",", "他打开 VS Code,开始写。": ",", "## 春天,来了\n\n天亮了。": ",", "他是 AI,也是人。": ",",
}  # fmt: skip
HALF_WIDTH_BY_RIGHT = (
    "[1] 张三. 深度学习研究[J]. 计算机学报, 2020, 43(5): 1-20.", "公式 =SUM(数量,单价) 很好用。", "人口有 1,000 人，坐标是 (3,4)。",
    "Hi Tom, 明天下午三点开会，请准时来。", "打印 Hello, 世界 就行了。", "类型写成 Int? 表示可以为空。", "图 1. 系统结构如下。",
    "字母是 a,b,c 三个。",
    "公司叫 Google Inc. 很有名。", "- `name`: 名字", "API: 应用程序接口", "1,打开电源，等待指示灯亮起。", "句型是 as soon as I see it, 后面接主句。",
    "参数写成 key:值 的形式。", "今天很开心 :),明天见。", "他去 Yahoo! 上班了。", "f(x, y) 是函数，其中 x 是自变量。",
)  # fmt: skip
PYTHON_2 = """import sys
try:
    for name in sys.argv[1:]: print "你好，%s" % name,
    print >>sys.stderr, `name`, 0777, 10L
except (IOError, ValueError), e:
    if e <> None: raise SystemExit, "停"
    exec "x = 1" in {}
print"""


def block(language: str, code: str) -> str:
    return f"看下面的例子。\n\n```{language}\n{code}\n```\n\n就是这样。"


FLAG: dict[str, list[tuple[Example, str, str | None]]] = {
    "repeats": [
        (zh("我们要努力学习。我们要努力学习。我们要努力学习。"), "repeated_sentence", "我们要努力学习。"),
        (en("It is very good. It is very good. It is very good."), "repeated_sentence", "It is very good."),
        (zh("- 保持积极的心态，努力工作。\n- 保持积极的心态，努力工作。\n- 早点睡觉。"), "repeated_sentence", None),
    ],
    "article_length": [
        (free(HILL, "写一篇 200 字的短文"), "article_too_short", ""),
        (free(HILL * 4, "写一段不超过 60 字的介绍"), "article_too_long", ""),
        (free(HILL, "请写 100-150 字"), "article_too_short", ""),
        (free(SEA * 9, "Write at most 60 words about the sea."), "article_too_long", ""),
    ],
    "filler": [
        (free(CLICHES), "filler", "众所周知"),
        (free("In today's fast-paced world, tea plays a crucial role. "
               "It's important to note that tea is a testament to patience. Let us delve into it."),
         "filler", "In today's fast-paced world"),
        (zh(CLICHES, HILL), "filler", "众所周知"),
    ],
    "not_but": [
        (free(NOT_BUT), "not_but", "不是堆砌，而是"),
        (free("It's not just tea, it's a ritual. It's not just a cup, it's a moment. "
               "It is not only heat, but a pause. It isn't just taste, but memory."),
         "not_but", "It's not just tea, it's"),
    ],
    "unfinished": [
        (free(HILL + "第二天一早，他背起行李，沿着来时的路慢慢地往山", end="stop"), "may_be_unfinished", None),
        (free(HILL + "\n\n需要准备的东西如下：", end="stop"), "may_be_unfinished", None),
        (free(HILL, end="length"), "cut_off", None),
        (free("- 一\n- 二", end="interrupted"), "cut_off", None),
        (free("1. 先洗手。\n2. 再切菜。\n3. 最后把锅烧热，倒入一大勺"), "may_be_unfinished", None),
        (free("山脚下的小路绕过一片竹林，通到一座旧木桥，过了桥", end="stop"), "may_be_unfinished", None),
        (free("Walking home in the rain, she thought of the lighthouse and its old keeper who"), "may_be_unfinished", None),
        (free("The committee decided that the new bridge would be built next to the"), "may_be_unfinished", None),
        (free("他收拾好行李沿着来时的路慢慢地往山下走去想着昨天夜里的"), "may_be_unfinished", None),
        (free(HILL + "\n\n水果有很多，例如"), "may_be_unfinished", None),
        (free("他收拾好行李，沿着来时的路慢慢地往山下走，一路上想着昨天夜里那个奇怪的梦，想着那条船和船上的"), "may_be_unfinished", None),
    ],
    "open_code": [(free("看代码：\n\n```js\nlet a = 1;"), "open_code", "```js")],
    "code_blocks": [
        (free(block("python", "def f(x):\n    return (x + 1\n\nprint(f(2))")), "code_does_not_parse", "    return (x + 1"),
        (free(block("json", '{\n  "a": 1,\n  "b": 2,\n}')), "code_does_not_parse", None),
        (free(block("yaml", "a: [1, 2\nb: 3\nc: 4")), "code_does_not_parse", None),
        (free(block("toml", "[server]\nport = \nhost = 'x'")), "code_does_not_parse", "port = "),
        (free(block("js", "function f(a) {\n  if (a > 1) {\n    return a;\n}\n\nf(2);")), "code_does_not_parse", None),
        (free(block("ts", "function f(a: number): string {\n  return `${a`;\n}\nf(2);")), "code_does_not_parse", None),
        (free(block("html", "<ul>\n  <li>一</li>\n  <li 二</li>\n</ul>")), "code_does_not_parse", None),
        (free(block("css", "a {\n  color: red;\n  margin 0 auto\n}\nb { color: }}")), "code_does_not_parse", None),
        (free(block("sql", "SELECT name\nFROM users\nWHERE (age > 18\nORDER BY name;")), "code_does_not_parse", None),
        (free(block("bash", "for f in *.md; do\n  echo $f\n\nwc -l *.md")), "code_does_not_parse", None),
        (free(block("go", "func f(a int) int {\n\tif a > 1 {\n\t\treturn a\n\treturn 0\n}")), "code_does_not_parse", None),
        (free(block("go", "package main\n\nfunc main()\n{\n\tf(1)\n}")), "code_does_not_parse", "{"),
        (free(block("go", "if x > 1\n{\n\tf(1)\n}")), "code_does_not_parse", "{"),
        (free(block("java", "int f(int a) {\n    return a +;\n}\nint b = 1;")), "code_does_not_parse", None),
        (free(block("c", "int f(int a)\n{\n    return a + (1;\n}")), "code_does_not_parse", None),
        (free(block("rust", "fn f(a: i32) -> i32 {\n    let b = a +;\n    b\n}")), "code_does_not_parse", None),
        (free(block("python", 'print "hello"')), "code_does_not_parse", 'print "hello"'),
        (free("从 Python 2 迁移到 3：\n\n" + block("python", 'print "hello"\nfor x in (1, 2:\n    print x')), "code_does_not_parse", None),
        (free(block("html", "<section>\n  <h1>桥</h1>\n  <p><em>一段</p>\n</section>")), "code_does_not_parse", "  <p><em>一段</p>"),
        (free("def f(:\n    pass\n", language="python"), "code_does_not_parse", "def f(:"),
        (zh(block("python", "for x in range(3)\n    print(x)")), "code_does_not_parse", "for x in range(3)"),
    ],
    "heading_jumps": [
        (free("# 桥\n\n" + HILL + "\n\n### 木桥\n\n" + HILL.replace("山", "水")), "heading_jump", "### 木桥"),
        (free("## Tea\n\n" + SEA + "\n\n##### Cups\n\nThey are blue."), "heading_jump", "##### Cups"),
    ],
    "marks_without_space": [
        (free("- 一座桥\n-一条河\n- 一片林"), "mark_without_space", "-一条河"),
        (free("##木桥\n\n" + HILL), "mark_without_space", "##木桥"),
    ],
    "wrong_numbers": [
        (free("1. 洗净\n2. 切块\n4. 下锅"), "wrong_number", "4. 下锅"),
        (free("1. 洗净\n2. 切块\n2. 下锅\n3. 出锅"), "wrong_number", "2. 下锅"),
        (free("一、洗净\n二、切块\n四、下锅"), "wrong_number", "四、下锅"),
        (free("（1）洗净\n（2）切块\n（4）下锅"), "wrong_number", "（4）下锅"),
        (free("① 洗净\n② 切块\n④ 下锅"), "wrong_number", "④ 下锅"),
        (free("一、甲\n1. 一\n2. 二\n二、乙\n1. 一\n2. 二\n四、丁"), "wrong_number", "四、丁"),
        (free("1. 甲\n（1）一\n（2）二\n2. 乙\n（1）一\n4. 丙"), "wrong_number", "4. 丙"),
        (free("## 一、甲\n\n好。\n\n## 三、丙\n\n好。"), "wrong_number", "## 三、丙"),
        (free("步骤：\n\n1. 洗净\n   1. 先用清水\n   2. 再用盐水\n2. 切块\n5. 下锅"), "wrong_number", "5. 下锅"),
    ],
    "slips": [
        (free("他买了苹果,又买了梨。"), "slip", ","),
        (free("天亮了，，他还没有醒。"), "slip", None),
        (free("他迫不急待地打开了信。"), "slip", "急"),
        (free("It was cold , they said."), "slip", " "),
        (free("We went to the the river and swam."), "slip", None),
        (free("They did not recieve it."), "slip", "ie"),
        (zh("他说的的话没有人听。"), "slip", None),
        *((free(text), "slip", where) for text, where in HALF_WIDTH.items()),
        (free("The food was good,they said, and we left."), "slip", ""), (free("We left.They stayed at home."), "slip", ""),
        (free("It was late;we left."), "slip", ""),
        (free("The price is 3.50,but it's worth it."), "slip", ""),
        (free("“Good,”she said."), "slip", ""),
        (free("What is this ?"), "slip", " "),
        (free("We came,, and we saw."), "slip", ","),
        (free("他买了苹果.又买了梨。"), "slip", "."),
        (free("天亮了.他走了。"), "slip", "."),
        (free("他买了苹果，。"), "slip", "，"),
        (free("这个软件叫“翰墨”(Hanmo),可以写文章。"), "slip", ","),
        (free("你说什么?!他喊道。"), "slip", "?!"),
        (free("又回来了(天黑了)."), "slip", "."),
    ],
    "straight_quotes": [
        (free("他说：\"走吧。\"然后出了门。“好。”她说。"), "straight_quotes", "\"走吧。\""),
        (free("他说「好」，又说\"走吧\"，还说「行」。"), "straight_quotes", "\"走吧\""),
        (zh("“走吧。”他说。", "“好，”她答，“我写下\"山雨\"两个字。”"), "straight_quotes", "\"山雨\""),
    ],
    "wrong_marks": [
        (free("他想了想，说不出话。。。后来就走了。"), "wrong_mark", "。。。"),
        (free("他想了想...后来就走了。"), "wrong_mark", "..."),
        (free("她只说了一句话--走吧。"), "wrong_mark", "--"),
        (free("这座桥（建于清代)已经重修。"), "wrong_mark", ")"),
        (free("The tide came in， and we left."), "wrong_mark", "，"),
        (free("It was over.. We went home."), "wrong_mark", ".."),
        (free("And then it was over.."), "wrong_mark", ".."),
        (free("天亮了..他走了。"), "wrong_mark", ".."),
    ],
    "prompt_leftovers": [(free("Certainly! Below is the essay.\n\nThe tide came in."), "prompt_leftover", "Certainly! Below is")],
    "title_repeated": [
        (free(f"# 雨夜的书店\n\n{HILL}\n\n雨夜的书店\n\n{LANE}"), "title_repeated", "雨夜的书店"),
        (free(f"雨夜的书店\n\n{HILL}\n\n**《雨夜的书店》**\n\n{LANE}"), "title_repeated", "**《雨夜的书店》**"),
        (zh(HILL, f"{LANE}\n\n雨夜的书店\n\n{HILL.replace('山', '水')}", title="雨夜的书店"), "title_repeated", "雨夜的书店"),
        (zh(f"{LANE}\n\n**旧巷**\n\n{HILL}", headings=("旧巷",)), "title_repeated", "**旧巷**"),
        (en(f"{SEA} We stayed.\n\nThe Tide\n\n{SEA} They left.", title="The Tide"), "title_repeated", "The Tide"),
    ],
    "broken_characters": [(free("It was a cafÃ© by the sea."), "broken_characters", "Ã©")],
    "wrong_language": [(free("这个方案 is very important for 我们的工作。"), "wrong_language", "is very important for")],
}  # fmt: skip

PASS: dict[str, list[Example]] = {
    "repeats": [
        free("快跑吧孩子！快跑吧孩子！快跑吧孩子！他喊。"), free("等一等。等一等。等一等。"),
        free("- 姓名与联系电话和住址：\n- 姓名与联系电话和住址："),
        free("Tomorrow, and tomorrow, and tomorrow. Never. Never. Never."),
    ],
    "article_length": [
        free(HILL, "写一段 40 字的介绍"), free(HILL, "把下面这段 500 字的文章缩写一下"),
        free("\n".join(f"{n}. 过桥回家" for n in range(1, 6)), "写 5 条广告语，每条不超过 20 字"),
        free(HILL, "请写 30-60 字"), free(HILL, "介绍一部十万字的小说，写 40 字左右"), free(HILL, "写一篇 800 字的短文", "length"),
        free(HILL, "不少于 20 字"), free(SEA, "Summarize the following 500 words."),
    ],
    "filler": [
        free("众所周知，水往低处流。" + HILL), free(HILL + "总而言之，山村很美。"), free("It's important to note that the tide was low. " + SEA),
        free("> " + CLICHES), free("他写道：“" + CLICHES + "”"),
    ],
    "not_but": [free("他要的不是钱，而是一句话。" + HILL), free("这不仅是桥，更是路。" + HILL), free(SEA + " It was not just wet, but cold.")],
    "unfinished": [
        free(HILL, end="stop"), free("- 苹果\n- 香蕉", end="stop"), free("明天下午三点，二楼会议室，请带上笔记本", end="stop"),
        free("申请人：李明\n日期：", end="stop"),
        free("见[说明](a.md)", end="stop"), free("x = 1", language="python", end="stop"), free("人生自古谁无死，\n留取丹心照汗青", end="stop"),
        free("《雨夜的书店》", end="stop"),
        free("从乡村教师到畅销书作家，她用十年时间走出了一条自己的路", "起一个新闻标题", "stop"),
        free("What dreams are made of"), free("这个问题其实是可以很容易解决的"), free("- People to work with\n- Things to be proud of"),
        free("多谢 😊", end="stop"), free("---\ntitle: 桥\n---\n\n" + HILL),
    ],
    "open_code": [free("```\na\n```"), free("```js\r\nlet a = 1;\r\n```\r\n")],
    "open_bold": [free("Paragraphs are parted by ***, as in print."), free("All of tests/**/*.py is read.")],
    "code_blocks": [
        free(block("python", "class A:\n    ...")), free(block("python", ">>> 1 +\n...")),
        free(block("python", "    def f(self):\n        return 1")),
        free(block("json", '{"a": 1, ...}')), free(block("json", '"a": 1,\n"b": 2')), free(block("json", '{"a": 1}\n{"a": 2}')),
        free(block("go", "func f() {\n\tfor\n\t{\n\t}\n\tif a {\n\t} else\n\t{\n\t}\n\t{\n\t\tb()\n\t}\n}")),
        free(block("go", "type T struct\n{\n\ta int\n}\n\nfunc g()\n\nfunc h(\n\ta int,\n) {\n}")),
        free(block("jsonc", '{"a": 1, // b\n}')), free(block("bash", "$ git clone <url>\nCloning into 'x'...")),
        free(block("bash", "curl https://example.com/<编号>\ncd a\nls")),
        free(block("js", "const f = (a: number) => a;\nf(1);\nf(2);")), free(block("js", "picomatch(pattern[, options])")),
        free(block("js", "'a': 1,\n'b': 2,\n'c': 3")),
        free(block("ts", "const a = <b>1</b>;\nlet c;\nlet d;")), free(block("", "def f(")), free(block("text", "if (")),
        free("Python 2 里 print 是语句：\n\n" + block("python", PYTHON_2)), free(block("python", PYTHON_2), "把 Python 2.7 的脚本改成 3"),
        free(block("html", "<h1>桥</h1>\n<p>一座木桥 & 一条河\n<p>一片竹林\n<ul>\n  <li>甲\n  <li>乙\n</ul>")),
        free(block("html", "<!doctype html>\n<title>桥</title>\n<body>\n<dl>\n  <dt>桥<dd>木头的\n</dl>")),
        free(block("python", "total += x\nreturn total")), free(block("python", "data = await fetch(url)")),
        free(block("mermaid", "graph TD\n A-->")),
        free(block("yaml", "name: {{ .Values.name }}\n  a: b\nc")), free(block("sql", "DELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\nEND$$")),
        free(block("python", "print 'x'").replace("```python", "```pycon")), free("1. 安装：\n\n   ```yaml\n   a:\n     - b\n   ```\n2. 完成。"),
        free("x = 1\n", language="python"), free("def f(:", language="brainfuck"), zh("```python\ndef f(\n```", format="code"),
    ],
    "heading_jumps": [
        free("### 一\n\n" + HILL), free("# 一\n\n## 二\n\n### 三\n\n# 四\n\n## 五\n\n好。"), free("# 一\n\n```\n### 三\n```\n\n好。"),
        zh("### 一\n\n" + HILL),
    ],
    "marks_without_space": [
        free("#今日话题 #读书\n\n" + HILL), free("- 一\n- 二"), free("-是的。\n\n" + HILL), free("温度：\n-5℃\n-7℃"),
        free("```\n##标题\n-一\n-二\n```"),
        free("## 标题\n\n" + HILL),
    ],
    "wrong_numbers": [
        free("1. 一\n1. 二\n1. 三"), free("1. 一\n2. 二\n3. 三\n\n又：\n\n1. 一\n2. 二\n3. 三"), free("3. 三\n5. 五\n7. 七"),
        free("10. 十\n9. 九\n8. 八"),
        free("1. 一\n   - 甲\n   - 乙\n2. 二\n\n   说明。\n\n3. 三"), free("## 甲\n\n1. 一\n2. 二\n\n## 乙\n\n3. 三\n4. 四"),
        free("一、甲\n1. 一\n2. 二\n3. 三\n二、乙\n1. 一\n2. 二\n3. 三\n三、丙"), free("## 1.2.0\n\n好。\n\n## 1.0.0\n\n好。"),
        free("1. 甲\n（1）一\n（2）二\n2. 乙\n（1）一\n（2）二\n3. 丙"), free("①②③ 三个圈\n① 甲\n② 乙\n③ 丙"),
        free("## 一、甲\n\n### 1. 一\n\n好。\n\n### 2. 二\n\n好。\n\n## 二、乙\n\n### 1. 一\n\n好。"),
        free("1、一\n2、二\n1）甲\n2）乙\n3、三"),
        free("2019. 开业\n2021. 搬迁\n2024. 关门"),
    ],
    "slips": [
        en("The house has two names, Hanmo and 翰墨."), free(SEA + " The sign said 山, 水."),
        free("比分是三:二，时间是 3:20。"), free("他说的的确不错。"), free("（记者 王晓）昨天下了雨。"),
        free("He had had enough."),
        *(free(text) for text in HALF_WIDTH_BY_RIGHT),
        free("The The played again."),
        free("运行 `a,b` 即可。"), free("他读“道,可道”三字。"), free("```\n苹果,梨\n```"), free("在https://example.com/a,b 可以看到。"),
        free("See https://a.org/b,the end, and main.py, src/a.Then, v1.2..1.4, e.g.this one, 3,000 people at 10:30."),
        free("Sort by name,age and city; node.js and System.out are names."), free("The words are a,an,the and he,she,it."),
        free("Call `a,they` or f(x,they do)."), free("美国总统约翰.肯尼迪说了话。"), free("编剧.导演都来了。"), free("图1.系统结构如下。"),
        free("He owns “yes”es and the U.S.A. in his Ph.D. too."),
        free("表达式 a?b:c 与 x!!y，选 a),b) 或 (a),(b)。今天 :),走。"),
    ],
    "straight_quotes": [
        free("他说：\"走吧。\"然后出了门。\"好。\"她说。"), free("“好。”他说。屏幕是 15\" 的，接口叫 \"Hello\"。"),
        free("“好。”他说。\n\n```\nx = \"走吧\"\n```"),
        free("“好。”\n\n<p class=\"题目\">一</p>"), free("运行 `f(\"走吧\")`，他说“好”。"), free("“好”的英文写作 \"good\"。"),
        free("“好。”他说。\n{\"名字\": \"甲\"}"),
        en("She said \"山\" and “water”."),
    ],
    "wrong_marks": [
        free("他想了想……后来就走了。"), free("那座桥——就是那座——没有了。"), free("路径是 `../..`，命令是 `a --b`。"), free("（见图 (a)）"),
        free("函数 f(x) 的值。"),
        free("中文，English，都行。"),
        free("1) 洗净\n2) 切块"), en("She wrote 你好，世界 on the wall."),
        free("Go up with .. and list main..topic, 1..5 or wait... Then stop."), free("目录 ../a 与 1..5。"), free("We waited.. and waited..."),
    ],
    "open_pair": [
        free("参见 https://zh.wikipedia.org/wiki/翰墨（百科）。另见 https://example.com（官网），以及“https://a.cn”。"),
    ],
    "prompt_leftovers": [free("当然！他来了。"), free("Certainly! The tide below is rising.")],
    "title_repeated": [
        free(f"# 雨夜的书店\n\n{HILL}\n\n门上写着：\n\n雨夜的书店\n\n{LANE}"), free(f"# 桥\n\n{HILL}\n\n- 桥\n\n{LANE}"),
        free("# 回家\n\n走过三月的雨，\n走过四月的风。\n\n回家\n\n走过五月的花，\n走过六月的梦。"), free(f"# 天亮了\n\n{HILL}\n\n天亮了。\n\n{LANE}"),
        free(f"# 桥\n\n{HILL}\n\n桥\n"), free(f"# 桥\n\n{HILL}\n\n## 木桥\n\n{LANE}"), free(f"# 桥\n\n## 桥\n\n{HILL}"),
        zh(HILL, LANE, title="桥"),
    ],
    "broken_characters": [free("São Paulo 的冬天，20°C。")],
    "wrong_language": [
        free("上午开会。\n\nThe meeting is in the room on the second floor, and lunch will be at noon today."),
        free(SEA + "\n\nIn the log stood 是雨夜的书店，是雨夜的书店 and so on."),
        free("单词 abandon 的例句：She was abandoned by all her friends and had nowhere to go."),
        free("ありがとう是谢谢的意思，アニメ（动画）也很流行。"),
    ],
}  # fmt: skip
